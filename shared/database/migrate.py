"""Roles, schemas and migrations. The owner role migrates; the application role reads and adds.

The application role cannot change history: no update, delete or truncate on `events` and `audit_log`, and triggers
stand guard even for the owner.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import URL, Connection

DATABASE = "regulars"
"""The embedded system's one database, with a schema for each service."""
WAIT_FOR_ANOTHER_RUN_MS = 60_000

_SCRIPTS = Path(__file__).parent / "alembic"


def owner_role(service: str) -> str:
    """The role that owns a service's schema and migrates it."""
    return f"regulars_{service}_owner"


def application_role(service: str) -> str:
    """The role as which a service runs."""
    return f"regulars_{service}"


def prepare_database(
    superuser_url: URL,
    services: Sequence[str],
    *,
    database: str = DATABASE,
    passwords: Mapping[str, str] | None = None,
) -> list[str]:
    """Makes the database, and for each service its two roles and its schema; what was made. Repeatable.

    `passwords` are set by role, on every run, so that a changed one takes effect; a role without one signs in by
    what the server trusts. Only these roles may connect to the database. A concurrent run waits for this one, and
    raises after a minute.
    """
    made = []
    engine = create_engine(superuser_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as one_at_a_time:
        one_at_a_time.execute(text(f"set lock_timeout = {WAIT_FOR_ANOTHER_RUN_MS}"))
        # Held by the session until it closes. In the superuser's database, since the lock must span those we make.
        one_at_a_time.execute(text("select pg_advisory_lock(hashtextextended('regulars.prepare', 0))"))
        if not one_at_a_time.scalar(text("select 1 from pg_database where datname = :name"), {"name": database}):
            one_at_a_time.exec_driver_sql(f"create database {_quoted(database)}")
            made.append(f"database {database}")
        inside = create_engine(superuser_url.set(database=database), isolation_level="AUTOCOMMIT")
        with inside.connect() as connection:
            connection.exec_driver_sql(f"revoke connect, temporary on database {_quoted(database)} from public")
            for service in services:
                made += _prepare_service(connection, database, service, passwords or {})
        inside.dispose()
    engine.dispose()
    return made


def _prepare_service(connection: Connection, database: str, service: str, passwords: Mapping[str, str]) -> list[str]:
    made = []
    owner, application = owner_role(service), application_role(service)
    for role in (owner, application):
        if not connection.scalar(text("select 1 from pg_roles where rolname = :role"), {"role": role}):
            connection.execute(text(f"create role {role} login"))
            made.append(f"role {role}")
        if role in passwords:
            connection.exec_driver_sql(f"alter role {role} password '{_verifier(connection, role, passwords[role])}'")
        connection.exec_driver_sql(f"grant connect on database {_quoted(database)} to {role}")
    if not connection.scalar(text("select to_regnamespace(:schema)"), {"schema": service}):
        connection.execute(text(f"create schema {service} authorization {owner}"))
        made.append(f"schema {service}")
    connection.execute(text(f"grant usage on schema {service} to {application}"))
    connection.execute(
        text(
            f"alter default privileges for role {owner} in schema {service}"
            f" grant select, insert, update, delete on tables to {application}",
        ),
    )
    return made


def _verifier(connection: Connection, role: str, password: str) -> str:
    """What the server keeps of a password. Made here, so that the password itself is in no statement and no log."""
    libpq = connection.connection.dbapi_connection.pgconn  # type: ignore[union-attr] # psycopg's own connection
    return str(libpq.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def migrate(owner_url: str, service: str, scripts: Path) -> tuple[str | None, str | None]:
    """Brings `service`'s schema to the newest revision found in the folder `scripts`. Repeatable.

    Returns the revision before and after. All or nothing; a concurrent run waits for this one, and raises after a
    minute.
    """
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        connection.execute(text(f"set local lock_timeout = {WAIT_FOR_ANOTHER_RUN_MS}"))
        connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": service})
        config = Config()
        config.set_main_option("script_location", str(_SCRIPTS))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", str(scripts))
        config.attributes["connection"] = connection
        config.attributes["schema"] = service
        place = MigrationContext.configure(connection, opts={"version_table_schema": service})
        before = place.get_current_revision()
        command.upgrade(config, "head")
        after = place.get_current_revision()
        if connection.scalar(text("select to_regclass(:name)"), {"name": f"{service}.events"}):
            application = application_role(service)
            connection.execute(text(f"set local search_path to {service}"))
            connection.execute(text(f"revoke update, delete, truncate on events, audit_log from {application}"))
            connection.execute(text(f"revoke insert, delete, truncate on audit_log_head from {application}"))
    engine.dispose()
    return before, after
