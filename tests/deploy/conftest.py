"""A distributed system's databases in the run's PostgreSQL, where each role has to show its password."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from services.local import SERVICES
from shared.database.migrate import application_role, owner_role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import URL

    from shared.database.embedded import EmbeddedPostgres


@dataclass
class Databases:
    """One database per service, not made yet: a folder of secrets that says where they are."""

    superuser_url: URL
    folder: Path
    names: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return str(self.superuser_url.query["host"])

    def name_of(self, service: str) -> str:
        return self.names.setdefault(service, f"deploy_{service}_{secrets.token_hex(3)}")

    def write(self, variable: str, value: str) -> None:
        (self.folder / variable.lower()).write_text(value)

    def write_urls(self, service: str) -> None:
        """The secrets of a service: whose they are, with passwords of their own."""
        for prefix, role in (("OWNER_", owner_role(service)), ("", application_role(service))):
            self.write(f"REGULARS_{service.upper()}_{prefix}DATABASE_URL", self.url(service, role))

    def url(self, service: str, role: str, password: str | None = None) -> str:
        password = password or secrets.token_hex(12)
        return f"postgresql+psycopg://{role}:{password}@/{self.name_of(service)}?host={self.host}"

    def secret(self, variable: str) -> str:
        return (self.folder / variable.lower()).read_text()

    def environment(self) -> dict[str, str]:
        return {"REGULARS_SECRETS_DIR": str(self.folder)}


@pytest.fixture
def databases(postgres: EmbeddedPostgres, tmp_path: Path) -> Iterator[Databases]:
    folder = tmp_path / "secrets"
    folder.mkdir()
    made = Databases(postgres.superuser_url, folder)
    made.write("REGULARS_SUPERUSER_DATABASE_URL", postgres.superuser_url.render_as_string(hide_password=False))
    for service in SERVICES:
        made.write_urls(service)
    admin = create_engine(postgres.superuser_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        _ask_for_passwords(postgres, connection)
        yield made
        for name in made.names.values():
            connection.execute(text(f"drop database if exists {name} with (force)"))
    admin.dispose()


def _ask_for_passwords(postgres: EmbeddedPostgres, connection: object) -> None:
    rules = postgres._folder / "pg_hba.conf"
    ours = 'local "/^deploy_" "/^regulars_" scram-sha-256\n'
    if not rules.read_text().startswith(ours):
        rules.write_text(ours + rules.read_text())
        connection.execute(text("select pg_reload_conf()"))  # type: ignore[attr-defined]
