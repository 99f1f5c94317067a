"""Roles, schemas and migrations. The owner role migrates; the application role reads and adds.

The application role cannot change history: no update, delete or truncate on `events`, and triggers stand
guard even for the owner.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from shared.database.embedded import DATABASE

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

_SCRIPTS = Path(__file__).parent / "alembic"


def owner_role(service: str) -> str:
    """The role that owns a service's schema and migrates it."""
    return f"regulars_{service}_owner"


def application_role(service: str) -> str:
    """The role as which a service runs."""
    return f"regulars_{service}"


def prepare_database(superuser_url: URL, services: list[str]) -> None:
    """Makes the database, and for each service its two roles and its schema. Repeatable."""
    engine = create_engine(superuser_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": DATABASE}):
            connection.execute(text(f"create database {DATABASE}"))
    engine.dispose()
    engine = create_engine(superuser_url.set(database=DATABASE), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for service in services:
            _prepare_service(connection, service)
    engine.dispose()


def _prepare_service(connection: Connection, service: str) -> None:
    owner, application = owner_role(service), application_role(service)
    for role in (owner, application):
        if not connection.scalar(text("select 1 from pg_roles where rolname = :role"), {"role": role}):
            connection.execute(text(f"create role {role} login"))
    connection.execute(text(f"create schema if not exists {service} authorization {owner}"))
    connection.execute(text(f"grant usage on schema {service} to {application}"))
    connection.execute(
        text(
            f"alter default privileges for role {owner} in schema {service}"
            f" grant select, insert, update, delete on tables to {application}",
        ),
    )


def migrate(owner_url: str, service: str, scripts: Path) -> None:
    """Brings `service`'s schema to the newest revision found in the folder `scripts`. Repeatable.

    A concurrent run waits for this one.
    """
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": service})
        config = Config()
        config.set_main_option("script_location", str(_SCRIPTS))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", str(scripts))
        config.attributes["connection"] = connection
        config.attributes["schema"] = service
        command.upgrade(config, "head")
        if connection.scalar(text("select to_regclass(:name)"), {"name": f"{service}.events"}):
            connection.execute(text(f"set local search_path to {service}"))
            connection.execute(
                text(f"revoke update, delete, truncate on {service}.events from {application_role(service)}"),
            )
    engine.dispose()
