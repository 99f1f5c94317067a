"""What operating a service needs beside serving it: the event log, and the role that owns the tables."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.kernel.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from shared.messaging.log import EventLog


class NotHere(Rejected):
    """The process was not given what the operation needs."""

    code = "operation_not_here"


@dataclass(slots=True)
class Plant:
    """Found when it is first asked for: a process that only serves members' requests opens no log of its own."""

    find_log: Callable[[], EventLog | None] | None = None
    find_owner: Callable[[str], Engine | None] | None = None
    """By a service's name. None: this process was not told as whom its tables are owned."""
    _log: EventLog | None = None
    _finding: threading.Lock = field(default_factory=threading.Lock)

    def event_log(self) -> EventLog | None:
        """The log; None where this process was told of none."""
        with self._finding:
            if self._log is None and self.find_log is not None:
                self._log = self.find_log()
            return self._log

    def required_log(self) -> EventLog:
        """The log. Raises `NotHere`."""
        log = self.event_log()
        if log is None:
            msg = "this process was not told where the event log is; use a process that runs consumers, or `regulars`"
            raise NotHere(msg)
        return log

    def owner_of(self, service: str) -> Engine:
        """An engine of the role that owns the tables of `service`; the caller disposes of it. Raises `NotHere`."""
        engine = self.find_owner(service) if self.find_owner is not None else None
        if engine is None:
            msg = (
                f"this process may not change the tables of {service}; run where REGULARS_{service.upper()}"
                f"_OWNER_DATABASE_URL is set: regulars rebuild {service}.READ_MODEL"
            )
            raise NotHere(msg)
        return engine

    def close(self) -> None:
        """Closes what was opened here."""
        with self._finding:
            if self._log is not None:
                self._log.close()
                self._log = None
