"""What operators' commands work on: the running system of a folder, or its database alone."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from services.embedded import RUNNING, EmbeddedSystem, OfflineError
from services.processes import build_log, build_services
from shared.database.engine import connect
from shared.database.migrate import application_role, owner_role

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from sqlalchemy import Engine

    from shared.messaging.log_postgres import PostgresLog
    from shared.runtime.service import Service


class Attached:
    """The services of a data folder, built in this process; use as a context manager."""

    def __init__(self, environment: dict[str, str], parts: ExitStack) -> None:
        self._environment = environment
        self._parts = parts
        os.environ.update(environment)
        self.services: list[Service] = build_services()
        self.event_log: PostgresLog = build_log()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for service in self.services:
            service.engine.dispose()
        self._parts.close()

    def owner_engine(self, service: str) -> Engine:
        """The engine of the role that owns a service's schema, without a time limit: for rebuilds."""
        url = self._environment[f"REGULARS_{service.upper()}_DATABASE_URL"]
        owner = url.replace(f"//{application_role(service)}@", f"//{owner_role(service)}@")
        return connect(owner, schema=service, pool_size=4, statement_timeout_ms=0)


def attach(data_dir: Path, *, running: bool = False) -> Attached:
    """The system in `data_dir`, whether it runs or not; with `running`, its processes run as well.

    Raises `OfflineError` when there is none.
    """
    if not (data_dir / "postgres").is_dir():
        msg = f"there is no system in {data_dir}; start one with: regulars dev --data-dir {data_dir}"
        raise OfflineError(msg)
    parts = ExitStack()
    note = data_dir / RUNNING
    if _is_running(data_dir):
        if not note.exists():
            msg = f"the system in {data_dir} is just starting; try again in a moment"
            raise OfflineError(msg)
        return Attached(json.loads(note.read_text())["environment"], parts)
    system = parts.enter_context(EmbeddedSystem(data_dir, processes=running))
    return Attached(system.environment(), parts)


def _is_running(data_dir: Path) -> bool:
    with (data_dir / "regulars.lock").open("a") as guard:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
