"""The embedded system: one process for HTTP, others that share consumers, relays and jobs; the log in PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from services.children import Child
from services.local import SERVICES, LocalSystem, loopback
from services.profile import Profile
from shared.database.migrate import application_role, prepare_database
from shared.messaging.log_postgres import SCHEMA as LOG
from shared.messaging.log_postgres import PostgresLog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

WORKERS = max(1, min(4, (os.cpu_count() or 2) - 1))
"""One core is for HTTP. On two cores a second worker makes the demo's year 8 % shorter and takes 400 MiB: whoever wants
it asks for it."""

_LOG_SCRIPTS = Path(__file__).parent.parent / "shared" / "messaging" / "log_migrations"


class EmbeddedSystem(LocalSystem):
    """A system in one database. `business_time` fixes its clock: only a demo may, in a folder of its own."""

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        workers: int = WORKERS,
        time_zone: str | None = None,
        business_time: datetime | None = None,
        processes: bool = True,
    ) -> None:
        profile = Profile.of(data_dir.absolute(), time_zone, business_time)
        profile.expect_kafka(None)
        super().__init__(data_dir, profile, port=port, processes=processes)
        self._workers = workers

    @property
    def address(self) -> str:
        """Where every API is."""
        return loopback(self.port)

    def address_of(self, service: str) -> str:  # noqa: ARG002 - all are at one
        return self.address

    def _prepare(self) -> None:
        prepare_database(self._postgres.superuser_url, [*SERVICES, LOG])
        self._migrate(LOG, _LOG_SCRIPTS)
        for service in SERVICES:
            self._migrate(service)
        PostgresLog(self.engine(LOG)).apply_catalogue()

    def _log_environment(self) -> dict[str, str]:
        return {"REGULARS_LOG_DATABASE_URL": self._postgres.url(application_role(LOG))}

    def _plan(self) -> Mapping[str, Child]:
        module = "services.processes"
        children = {"api": self._child(module, "api", front=True)}
        for n in range(self._workers):
            share = ["--index", str(n), "--count", str(self._workers)]
            children[f"worker-{n}"] = self._child(module, "worker", *share)
        return children
