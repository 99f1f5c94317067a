"""A business clock that somebody moves: it stands at the moment that a file holds, and follows when that is replaced.

For demos and stories, which go from an evening to the next morning in a second. Every process of a system reads the
same file; production has none. Time only goes forward: what was done at a moment cannot be undone by an earlier one.
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from shared.kernel.clock import BusinessClock
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

log = structlog.get_logger(__name__)

_Identity = tuple[int, int]


class MovingClock(BusinessClock):
    """Business time as the file at `path` has it. Raises `ValueError` when that holds no moment with an offset.

    It looks at every call: once `move` has returned, every process answers with the new moment. A process that lagged
    behind would refuse what another one did on the new day.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._identity = _identity(path)
        super().__init__(read_moment(path))

    def now(self) -> datetime:
        try:
            if _identity(self._path) != self._identity:
                with self._guard:
                    self._follow()
        except ValueError as problem:
            log.warning("business_time_unreadable", problem=str(problem))
        return super().now()

    def _follow(self) -> None:
        # The identity first: what takes the file's place meanwhile is read now, and once more at the next look.
        identity, moment = _identity(self._path), read_moment(self._path)
        if self.fixed is not None and moment < self.fixed:
            log.warning("business_time_backwards", held=self.fixed.isoformat(), asked=moment.isoformat())
        else:
            self.fixed = moment
        self._identity = identity


def read_moment(path: Path) -> datetime:
    """The moment that a file holds. Raises `ValueError`, which names the file and the way out."""
    try:
        moment = datetime.fromisoformat(path.read_text().strip())
    except (OSError, ValueError):
        moment = None
    if moment is None or moment.utcoffset() is None:
        msg = f"{path} holds no moment with an offset; write one like 2017-12-31T23:59:59-05:00 into it"
        raise ValueError(msg)
    return moment


def move(path: Path, moment: datetime) -> None:
    """Sets every clock that reads `path` to `moment`; a file that is not there is made.

    Raises `InvalidInput` for a moment without an offset, or before the one that the file holds.
    """
    if moment.utcoffset() is None:
        msg = f"business time {moment.isoformat()} has no offset; write it like 2017-12-31T23:59:59-05:00"
        raise InvalidInput(msg, field="moment", value=moment.isoformat())
    if path.exists() and moment < (held := read_moment(path)):
        msg = f"business time {moment.isoformat()} is before {held.isoformat()}; it only goes forward"
        raise InvalidInput(msg, field="moment", value=moment.isoformat(), limit=held.isoformat())
    draft = path.with_suffix(".draft")
    draft.write_text(moment.isoformat())
    # In one step: a reader finds the moment before or this one, never half of it.
    draft.replace(path)


def _identity(path: Path) -> _Identity:
    """What tells one content of the file from the next: each is a file of its own that took the place of the last."""
    try:
        state = path.stat()
    except OSError:
        msg = f"{path} is not there; write a moment like 2017-12-31T23:59:59-05:00 into it"
        raise ValueError(msg) from None
    return state.st_ino, state.st_mtime_ns
