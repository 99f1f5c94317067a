"""`regulars migrate`: databases, roles and schemas are made once, migrated by their owners, and strangers stay out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from services.local import SERVICES
from services.migrating import scripts_of
from shared.database.migrate import application_role
from shared.database.revision import missing_migrations
from tests.deploy.conftest import Databases
from tests.support.commands import Ran, regulars


def run(databases: Databases, *arguments: str, **variables: str) -> Ran:
    return regulars(*arguments, environment={**databases.environment(), **variables})


def test_databases_are_made_migrated_and_repeated(databases: Databases) -> None:
    prepared = run(databases, "migrate", "--all", "--prepare")
    assert prepared.code == 0, prepared.stderr
    for service in SERVICES:
        assert f"{service}: made database {databases.name_of(service)}" in prepared.stdout

    # The first release of two hosts at once: one migrates, the other waits and finds it done.
    with ThreadPoolExecutor() as at_once:
        runs = list(at_once.map(lambda _: run(databases, "migrate", "--all"), range(2)))
    assert [ran.code for ran in runs] == [0, 0], [ran.stderr for ran in runs]
    for service in SERVICES:
        lines = sorted(line for ran in runs for line in ran.stdout.splitlines() if line.startswith(f"{service}: "))
        newest = lines[0].removeprefix(f"{service}: is at ")
        assert lines == [f"{service}: is at {newest}", f"{service}: migrated from nothing to {newest}"]

    again = run(databases, "migrate", "--all", "--prepare")
    assert again.stdout.split() == " ".join(f"{service}: is prepared" for service in SERVICES).split()

    for service in SERVICES:
        engine = create_engine(databases.secret(f"REGULARS_{service.upper()}_DATABASE_URL"))
        with engine.connect() as connection:
            connection.execute(text(f"set search_path to {service}"))
            assert missing_migrations(connection, scripts_of(service)) is None
            with pytest.raises(ProgrammingError, match="permission denied"):
                connection.execute(text("delete from events"))
        engine.dispose()
    with pytest.raises(OperationalError, match="permission denied for database"):
        # With a right name and password, and still not into another service's database.
        _connect(databases, "loyalty", "stores")
    for ran in (prepared, again, *runs):
        assert not any(_password(databases, service) in ran.stdout + ran.stderr for service in SERVICES)


def test_a_changed_password_takes_effect_and_the_old_one_ends(databases: Databases) -> None:
    assert run(databases, "migrate", "loyalty", "--prepare").code == 0
    _connect(databases, "loyalty", "loyalty")
    old = databases.secret("REGULARS_LOYALTY_DATABASE_URL")
    databases.write_urls("loyalty")
    assert "loyalty: is prepared" in run(databases, "migrate", "loyalty", "--prepare").stdout
    _connect(databases, "loyalty", "loyalty")
    with pytest.raises(OperationalError, match="password authentication failed"):
        create_engine(old).connect()


def test_two_who_prepare_at_once_take_turns(databases: Databases) -> None:
    with ThreadPoolExecutor() as at_once:
        runs = list(at_once.map(lambda _: run(databases, "migrate", "loyalty", "--prepare"), range(3)))
    assert [ran.code for ran in runs] == [0, 0, 0], [ran.stderr for ran in runs]
    assert sum("made database" in ran.stdout for ran in runs) == 1


@pytest.mark.parametrize(
    ("arguments", "variables", "message"),
    [
        (("migrate",), {}, "name services or say --all"),
        (("migrate", "loyality"), {}, "no service 'loyality'; there are: stores, customers, loyalty"),
        (("migrate", "log"), {}, "REGULARS_LOG_OWNER_DATABASE_URL is not set"),
        (
            ("migrate", "loyalty"),
            {"REGULARS_LOYALTY_OWNER_DATABASE_URL": "postgresql+psycopg://postgres:canary@db/loyalty"},
            "signs in as postgres; it must be regulars_loyalty_owner",
        ),
        (
            ("migrate", "loyalty"),
            {"REGULARS_LOYALTY_OWNER_DATABASE_URL": "canary"},
            "REGULARS_LOYALTY_OWNER_DATABASE_URL is no SQLAlchemy URL",
        ),
        (
            ("migrate", "loyalty", "--prepare"),
            {"REGULARS_LOYALTY_OWNER_DATABASE_URL": "postgresql+psycopg://regulars_loyalty_owner:canary@db/other"},
            "name two databases",
        ),
        (
            ("migrate", "loyalty"),
            {"REGULARS_LOYALTY_OWNER_DATABASE_URL": "postgresql+psycopg://regulars_loyalty_owner:canary@/x?host=/none"},
            "the database of loyalty does not answer",
        ),
        (("serve", "loyality"), {}, "no service 'loyality'; there are: stores"),
        (("serve", "loyalty", "--role", "api,worker"), {}, "say some of api,consumers,relay,scheduler"),
        (("serve", "loyalty", "--instance", "a b"), {}, "--instance 'a b'"),
        (("serve", "loyalty"), {}, "set REGULARS_KAFKA_BOOTSTRAP_SERVERS or REGULARS_LOG_DATABASE_URL"),
        (
            ("serve", "loyalty"),
            {"REGULARS_KAFKA_BOOTSTRAP_SERVERS": "a:1", "REGULARS_LOG_DATABASE_URL": "postgresql+psycopg://canary"},
            "there is one log, and both are set",
        ),
        (
            ("serve", "loyalty", "--role", "api"),
            {"REGULARS_LOYALTY_DATABASE_URL": "", "REGULARS_LOYALTY_POINTS_PER_UNIT": "many"},
            "REGULARS_LOYALTY_POINTS_PER_UNIT: Input should be a valid integer",
        ),
        (("serve", "stores", "--role", "relay"), {}, "REGULARS_STORES_KEYS_DIR is not set"),
        (("serve", "loyalty", "--role", "api"), {}, "set REGULARS_ACCESS_ISSUER to your OpenID Connect provider"),
    ],
)
def test_what_is_wrong_is_said(
    databases: Databases, arguments: tuple[str, ...], variables: dict[str, str], message: str
) -> None:
    ran = run(databases, *arguments, **variables)
    assert ran.code == 2
    assert message in " ".join(ran.stderr.split())
    assert "canary" not in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr


def _connect(databases: Databases, service: str, into: str) -> None:
    url = databases.url(into, application_role(service), _password(databases, service))
    engine = create_engine(url)
    engine.connect().close()
    engine.dispose()


def _password(databases: Databases, service: str) -> str:
    url = databases.secret(f"REGULARS_{service.upper()}_DATABASE_URL")
    return url.split("@")[0].rsplit(":", 1)[1]
