"""Documents of somebody else that we live by: keys of issuers, lists of revoked devices. Kept, and kept fresh."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import httpx2
import orjson
import structlog

from shared.kernel.errors import TransientError

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)

T = TypeVar("T")

FETCH_S_MAX = 5.0
BYTES_MAX = 1024 * 1024


class FreshDocument(Generic[T]):
    """The last good version of a document, parsed; the same object for as long as the document says the same.

    Fetched when it is first asked for, again when it is old, and again when something is missing in it, but never
    more often than once in `pause_s`: forged tokens cannot make us flood its source. While the source is away, the
    last good version serves, however old.
    """

    def __init__(
        self,
        name: str,
        fetch: Callable[[], Any],
        parse: Callable[[Any], T],
        *,
        age_s_max: float,
        pause_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._fetch = fetch
        self._parse = parse
        self._age_s_max = age_s_max
        self._pause_s = pause_s
        self._clock = clock
        self._raw: Any = None
        self._value: T | None = None
        self._fetched_at = self._tried_at = float("-inf")
        self._lock = threading.Lock()

    @property
    def is_due(self) -> bool:
        """Whether `get` would fetch, and so block."""
        now = self._clock()
        return now - self._fetched_at >= self._age_s_max and now - self._tried_at >= self._pause_s

    @property
    def current(self) -> T | None:
        """What is there, without ever blocking."""
        return self._value

    def get(self, *, missing: bool = False) -> T:
        """The document. `missing`: something that should be in it is not; it is fetched again if it may be.

        May block for `FETCH_S_MAX`. Raises `TransientError` when it could not be fetched even once.
        """
        # Whoever can go on with what is there does not wait for the one who fetches; everybody else does.
        needed = missing or self._value is None
        if (needed or self.is_due) and self._lock.acquire(blocking=needed):
            try:
                self._fetch_unless_just_tried()
            finally:
                self._lock.release()
        if self._value is None:
            msg = f"{self._name} could not be fetched"
            raise TransientError(msg)
        return self._value

    def _fetch_unless_just_tried(self) -> None:
        if self._clock() - self._tried_at < self._pause_s:
            return
        self._tried_at = self._clock()
        try:
            raw = self._fetch()
            if self._value is None or raw != self._raw:
                self._value = self._parse(raw)
                self._raw = raw
            self._fetched_at = self._tried_at
        except (httpx2.HTTPError, OSError, ValueError, KeyError, TypeError) as error:
            # What it said is not logged: an address can hold a secret.
            log.warning("document_not_fetched", document=self._name, error=type(error).__name__)


def fetch_json(url: str) -> Any:  # noqa: ANN401 - JSON
    """The JSON document at an http(s) address. Redirects are not followed: they could lead anywhere."""
    answer = httpx2.get(url, timeout=FETCH_S_MAX, follow_redirects=False).raise_for_status()
    if len(answer.content) > BYTES_MAX:
        msg = f"the document has more than {BYTES_MAX} bytes"
        raise ValueError(msg)
    return orjson.loads(answer.content)
