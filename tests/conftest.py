"""Real servers for every test that asks for them, started on first use and once per run.

PostgreSQL with a fresh clone per test; Kafka, shared by the tests that use it, with one broker or three.
"""

from __future__ import annotations

import itertools
import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import structlog
from hypothesis import settings
from sqlalchemy import create_engine, text
from xdist.scheduler.loadfile import LoadFileScheduling

from services.kafka_jars import KafkaUnavailableError
from services.kafka_local import LocalKafka
from shared.database.embedded import DATABASE, EmbeddedPostgres
from shared.database.engine import connect
from shared.database.migrate import application_role, migrate, owner_role, prepare_database
from shared.messaging.log_postgres import PostgresLog
from shared.testing.waiting import PATIENCE
from tests.support.memory import folder_in_memory
from tests.support.proof_keeping import ProofKeeper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from shared.runtime.settings import ServiceSettings

ROOT = Path(__file__).parent.parent
SERVICES = ("stores", "customers", "segmentation", "loyalty", "campaigns", "notifications", "console")
SCRIPTS = {name: ROOT / "services" / name / "migrations" for name in SERVICES} | {
    "log": ROOT / "shared" / "messaging" / "log_migrations",
    "kernel": ROOT / "tests" / "support" / "kernel_migrations",
}
SHARING = ("tests/browser/",)
SLOW = ("tests/simulation/", "tests/e2e/", "tests/browser/", "tests/faults/", "tests/deploy/")
"""Whose files take minutes: they come first, so that none is begun when everybody else is about to finish."""
S = TypeVar("S", bound="ServiceSettings")

# An example that a busy machine makes wait is no finding: Hypothesis would allow each one 200 ms.
settings.register_profile("patient", settings(), deadline=None)
settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        # With pytest-xdist the tests run in workers, and this is not one of them.
        config.pluginmanager.register(ProofKeeper())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The slow ones first; each test's limit, its own or the common one, with the patience that its waits have."""
    items.sort(key=lambda item: not item.nodeid.startswith(SLOW))
    common = float(config.getini("timeout"))
    for item in items:
        own = item.get_closest_marker("timeout")
        item.add_marker(pytest.mark.timeout((own.args[0] if own else common) * PATIENCE), append=False)


class OneWorkerPerFile(LoadFileScheduling):
    """As `--dist loadfile`, but for folders whose files share what is started once: each is one worker's as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in SHARING if nodeid.startswith(folder)), super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    if config.getvalue("dist") != "loadfile":
        return None
    # In our order, not by the number of tests: the longest file has one.
    config.option.loadscopereorder = False
    return OneWorkerPerFile(config, log)


@dataclass
class Database:
    """A fully migrated database of its own: every service's schema and the log."""

    server: EmbeddedPostgres
    name: str
    engines: ExitStack = field(default_factory=ExitStack)

    def url(self, role: str) -> str:
        return self.server.url(role, self.name)

    def engine(self, service: str, *, pool_size: int = 5) -> Engine:
        """The application role's engine, in the service's schema."""
        return self._opened(connect(self.url(application_role(service)), schema=service, pool_size=pool_size))

    def owner_engine(self, service: str) -> Engine:
        """The role that owns the service's schema."""
        return self._opened(connect(self.url(owner_role(service)), schema=service))

    def superuser(self) -> Engine:
        """For corrupting rows on purpose, and for looking everywhere."""
        return self._opened(create_engine(self.url("postgres")))

    def settings(self, kind: type[S], **extra: object) -> S:
        """Settings of a service that point at this database."""
        service = kind.model_config.get("env_prefix", "").removeprefix("REGULARS_").removesuffix("_").lower()
        return kind(database_url=self.url(application_role(service)), database_schema=service, **extra)

    def log(self) -> PostgresLog:
        """The event log in this database."""
        event_log = PostgresLog(self.engine("log"))
        event_log.apply_catalogue()
        return event_log

    def _opened(self, engine: Engine) -> Engine:
        self.engines.callback(engine.dispose)
        return engine


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    with folder_in_memory("test") as folder, EmbeddedPostgres(folder) as server:
        admin = create_engine(server.superuser_url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            # Processes are killed here, the machine is not: what the kernel holds is enough, and a database per test
            # is made in a fraction of the time. The demo and the tests of the embedded system keep fsync on.
            connection.execute(text("alter system set fsync = off"))
            connection.execute(text("alter system set max_wal_size = '512MB'"))
            connection.execute(text("select pg_reload_conf()"))
        admin.dispose()
        prepare_database(server.superuser_url, list(SCRIPTS))
        for service, scripts in SCRIPTS.items():
            if scripts.is_dir():
                migrate(server.url(owner_role(service)), service, scripts)
        yield server


@pytest.fixture(autouse=True)
def _plain_logs() -> None:
    """structlog's own default draws every variable of a traceback: half a minute for one error of a request.

    Nothing is left of what a command set up in the test before, such as a stream that is closed by now.
    """
    structlog.reset_defaults()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ],
    )


_numbers = itertools.count(1)


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> Iterator[Database]:
    with fresh_database(postgres) as clone:
        yield clone


@contextmanager
def fresh_database(postgres: EmbeddedPostgres) -> Iterator[Database]:
    """For fixtures that many tests share; a test of its own asks for `database`."""
    name = f"test_{next(_numbers)}"
    admin = create_engine(postgres.superuser_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name} template {DATABASE} strategy file_copy"))
    clone = Database(postgres, name)
    yield clone
    clone.engines.close()
    with admin.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    admin.dispose()


@pytest.fixture(scope="session")
def kafka() -> Iterator[LocalKafka]:
    with _local_kafka(brokers=1) as running:
        yield running


@pytest.fixture(scope="session")
def kafka_trio() -> Iterator[LocalKafka]:
    """Three brokers. Whoever stops one starts it again."""
    with _local_kafka(brokers=3) as running:
        yield running


@contextmanager
def _local_kafka(brokers: int) -> Iterator[LocalKafka]:
    try:
        with folder_in_memory("kafka") as folder, LocalKafka(folder, brokers) as running:
            yield running
    except KafkaUnavailableError as missing:
        # Only where nobody promised a Kafka may what it proves be left out, and then it is counted.
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
