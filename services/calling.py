"""Calling the APIs of a running system as somebody: what the demo and the story do. HTTP only.

What never was answered is asked again: everything that is sent names itself, by ids of the caller's or by an
idempotency key, so that the second time is harmless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random_exponential

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REQUEST_S_MAX = 60.0
RETRY_S_MAX = 120.0
PAGE = 200


class UnexpectedAnswerError(RuntimeError):
    """A service refused; the message quotes its problem document."""

    def __init__(self, asked: str, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{asked} answered {status}: {str(problem)[:500]}")
        self.status = status
        self.problem = problem

    @property
    def code(self) -> str:
        """The problem's stable word."""
        return str(self.problem.get("code", ""))


class NotTakenError(RuntimeError):
    """A service took a request and not everything in it; the message quotes the first that it did not take."""


class _AwayError(RuntimeError):
    """A service is away or starting again; the same request will do."""


class Caller:
    """Talks to each service at its address in `addresses`, with `token` as who it is. Many threads may use one."""

    def __init__(self, addresses: Mapping[str, str], token: str) -> None:
        self._addresses = addresses
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {token}"},
            timeout=REQUEST_S_MAX,
            trust_env=False,
        )

    def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """The document at `/loyalty/v1/liability`. Raises `UnexpectedAnswerError`."""
        return self._ask("GET", path, params=query)

    def post(self, path: str, body: object = None, *, key: str | None = None) -> dict[str, Any]:
        """Sends `body`, JSON or a document's bytes; `key` is its idempotency key. Raises as `get` does."""
        headers = {"Idempotency-Key": key} if key else {}
        if isinstance(body, bytes):
            headers["content-type"] = "application/json"
            return self._ask("POST", path, content=body, headers=headers)
        return self._ask("POST", path, json=body, headers=headers)

    def pages(self, path: str, **query: str | int) -> Iterator[dict[str, Any]]:
        """Every item of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.get(path, limit=PAGE, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    @retry(
        retry=retry_if_exception_type((_AwayError, httpx2.TransportError)),
        wait=wait_random_exponential(multiplier=0.2, max=5),
        stop=stop_after_delay(RETRY_S_MAX),
        reraise=True,
    )
    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - httpx's own arguments
        address = self._addresses[path.split("/", 2)[1]]
        answer = self._client.request(method, f"{address}/api{path}", **more)
        if answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE:
            msg = f"{method} {path}: {answer.text}"
            raise _AwayError(msg)
        document: dict[str, Any] = _json(answer)
        if not answer.is_success:
            raise UnexpectedAnswerError(f"{method} {path}", answer.status_code, document)
        return document


def _json(answer: httpx2.Response) -> dict[str, Any]:
    try:
        document: dict[str, Any] = answer.json()
    except ValueError:
        document = {"detail": answer.text}
    return document
