"""What operators' commands work on: the embedded system of a folder, or the services that the environment names."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from services.local import OfflineError, running_note
from services.migrating import owner_url
from services.processes import build_log, build_services, services_here
from services.systems import local_system
from shared.database.engine import connect
from shared.database.migrate import application_role, owner_role

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from sqlalchemy import Engine

    from shared.messaging.log import EventLog
    from shared.runtime.service import Service


class Attached:
    """Services, built in this process; use as a context manager. `environment` is that of a data folder's system."""

    def __init__(self, environment: dict[str, str], parts: ExitStack) -> None:
        self._environment = environment
        self._parts = parts
        os.environ.update(environment)
        self.services: list[Service] = build_services(services_here())
        self.event_log: EventLog = build_log()

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
        self.event_log.close()
        self._parts.close()

    def owner_engine(self, service: str) -> Engine:
        """The engine of the role that owns a service's schema, without a time limit: for rebuilds."""
        url = self._environment.get(f"REGULARS_{service.upper()}_DATABASE_URL")
        if url is None:
            there = owner_url(service).render_as_string(hide_password=False)
            return connect(there, schema=service, pool_size=4, statement_timeout_ms=0)
        owner = url.replace(f"//{application_role(service)}@", f"//{owner_role(service)}@")
        return connect(owner, schema=service, pool_size=4, statement_timeout_ms=0)


def attach(data_dir: Path, *, running: bool = False, alone: bool = False) -> Attached:
    """The system in `data_dir`, whether it runs or not; with `running`, its processes run as well.

    With `alone` it must not run, and nothing of it but its database does.

    Where there is none, the services of a distributed system whose databases this process was told. Raises
    `OfflineError` when there are none either.
    """
    if not (data_dir / "postgres").is_dir():
        if services_here():
            return Attached({}, ExitStack())
        msg = (
            f"there is no system in {data_dir}; start one with: regulars dev --data-dir {data_dir}. For a distributed"
            " one, run this where a service's settings are, REGULARS_<SERVICE>_DATABASE_URL and so on"
        )
        raise OfflineError(msg)
    parts = ExitStack()
    note = running_note(data_dir)
    if note is not None:
        if alone:
            msg = f"the system in {data_dir} runs; stop it first"
            raise OfflineError(msg)
        return Attached(note["environment"], parts)
    system = parts.enter_context(local_system(data_dir, processes=running))
    return Attached(system.environment(), parts)
