"""The databases of a distributed system: one for each service, prepared by a superuser, migrated by its owner."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field
from pydantic_settings import SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from services.local import SERVICES
from shared.database.engine import connect
from shared.database.migrate import application_role, migrate, owner_role, prepare_database
from shared.messaging.log_postgres import SCHEMA as LOG
from shared.messaging.log_postgres import PostgresLog
from shared.runtime.settings import Settings, WrongSettings, read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import URL

MIGRATED = (*SERVICES, LOG)
"""What has a schema: the services, and the event log where it is in PostgreSQL."""
_ROOT = Path(__file__).parent


class SuperuserSettings(Settings):
    """Who may make databases and roles; needed by nothing that serves."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_SUPERUSER_")

    database_url: str = Field(description="SQLAlchemy URL of a superuser, to its maintenance database")


class OwnerSettings(Settings):
    """Who owns a service's schema; needed by nothing that serves."""

    owner_database_url: str = Field(description="SQLAlchemy URL of the role that owns the schema")


class ApplicationSettings(Settings):
    """As whom a service runs."""

    database_url: str = Field(description="SQLAlchemy URL of the application role")


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration did: from which revision to which."""

    before: str | None
    after: str | None


def scripts_of(service: str) -> Path:
    """The folder of a service's migrations."""
    return (
        _ROOT.parent / "shared" / "messaging" / "log_migrations" if service == LOG else _ROOT / service / "migrations"
    )


def prepare(service: str) -> list[str]:
    """Makes the database, roles and schema of a service, as its two URLs name them; what was made.

    The URLs are the only place of names and passwords: whoever changes a password changes it there and prepares
    again. Raises `WrongSettings`.
    """
    superuser = read_settings(SuperuserSettings).database_url
    owner, application = (
        owner_url(service),
        _url(service, ApplicationSettings, "database_url", application_role(service)),
    )
    if (owner.host, owner.port, owner.database) != (application.host, application.port, application.database):
        msg = f"{_variable(service, 'owner_database_url')} and {_variable(service, 'database_url')} name two databases"
        raise WrongSettings(msg)
    if not owner.database:
        msg = f"{_variable(service, 'owner_database_url')} names no database; end it with /regulars_{service}"
        raise WrongSettings(msg)
    roles = {owner_role(service): owner.password, application_role(service): application.password}
    return prepare_database(
        _parsed("REGULARS_SUPERUSER_DATABASE_URL", superuser),
        [service],
        database=owner.database,
        passwords={role: password for role, password in roles.items() if password},
    )


def migrate_service(service: str) -> Migrated:
    """Brings a service's schema to this release. Raises `WrongSettings`."""
    url = owner_url(service).render_as_string(hide_password=False)
    done = Migrated(*migrate(url, service, scripts_of(service)))
    if service == LOG:
        engine = connect(url, schema=LOG)
        PostgresLog(engine).apply_catalogue()
        engine.dispose()
    return done


def owner_url(service: str) -> URL:
    """The URL of the role that owns a service's schema. Raises `WrongSettings`."""
    return _url(service, OwnerSettings, "owner_database_url", owner_role(service))


def present(services: Sequence[str]) -> list[str]:
    """Of `services`, those for which this process was told an owner: the log is there only without Kafka."""
    found = []
    for service in services:
        try:
            owner_url(service)
        except WrongSettings:
            if service != LOG:
                raise
        else:
            found.append(service)
    return found


def _url(service: str, kind: type[OwnerSettings | ApplicationSettings], field: str, role: str) -> URL:
    variable = _variable(service, field)
    url = _parsed(variable, getattr(read_settings(kind, _prefix(service)), field))
    if url.username != role:
        # Rights are given to roles by these names: another one would migrate and then see nothing.
        msg = f"{variable} signs in as {url.username}; it must be {role}"
        raise WrongSettings(msg)
    return url


def _parsed(variable: str, url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        msg = f"{variable} is no SQLAlchemy URL; write postgresql+psycopg://ROLE:PASSWORD@HOST:5432/DATABASE"
        raise WrongSettings(msg) from None


def _prefix(service: str) -> str:
    return f"REGULARS_{service.upper()}_"


def _variable(service: str, field: str) -> str:
    return _prefix(service) + field.upper()
