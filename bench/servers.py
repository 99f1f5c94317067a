"""The servers that every subject uses: one PostgreSQL and one Kafka, both durable, both as the product ships them."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from kafka import KafkaAdminClient
from sqlalchemy import create_engine, text

from services.kafka_local import LocalKafka
from services.local import SERVICES
from shared.database.embedded import EmbeddedPostgres
from shared.database.engine import connect
from shared.database.migrate import DATABASE, application_role, migrate, owner_role, prepare_database
from shared.messaging.kafka_settings import KafkaSettings
from shared.messaging.log_kafka import KafkaLog
from shared.messaging.topics_kafka import apply_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from sqlalchemy import URL, Connection, Engine

    from shared.contracts.envelope import Outgoing

ROOT = Path(__file__).parent.parent
PUBLISHED_AT_ONCE = 2_000
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """A database of its own, with the schema of every service, and nothing in them."""

    postgres: EmbeddedPostgres
    name: str
    parts: ExitStack = field(default_factory=ExitStack)

    def url(self, role: str) -> str:
        """The URL by which `role` connects."""
        return self.postgres.url(role, self.name)

    @property
    def superuser_url(self) -> URL:
        """For peers, who bring their own tables."""
        return self.postgres.superuser_url.set(database=self.name)

    @property
    def conninfo(self) -> str:
        """The same, as libpq writes it."""
        url = self.superuser_url
        return f"host={url.query['host']} user={url.username} dbname={url.database}"

    def engine(self, service: str) -> Engine:
        """The application role's engine on a service's schema."""
        engine = connect(self.url(application_role(service)), schema=service)
        self.parts.callback(engine.dispose)
        return engine

    @contextmanager
    def superuser(self) -> Iterator[Connection]:
        """For looking at what peers left."""
        engine = create_engine(self.superuser_url)
        with engine.connect() as connection:
            yield connection
        engine.dispose()

    def environment(self, service: str, folder: Path) -> dict[str, str]:
        """The settings of one service's processes."""
        prefix = f"REGULARS_{service.upper()}_"
        return {
            f"{prefix}DATABASE_URL": self.url(application_role(service)),
            f"{prefix}DATABASE_SCHEMA": service,
            f"{prefix}KEYS_DIR": str(folder / "keys"),
        }


class Servers:
    """Both servers, in a folder that is gone afterwards; use as a context manager."""

    def __init__(self, *, kafka: bool = True) -> None:
        self._with_kafka = kafka
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
            self._parts.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.postgres = self._parts.enter_context(EmbeddedPostgres(self.folder / "postgres"))
            prepare_database(self.postgres.superuser_url, SERVICES)
            for service in SERVICES:
                migrate(self.postgres.url(owner_role(service)), service, ROOT / "services" / service / "migrations")
            if self._with_kafka:
                self.kafka = self._parts.enter_context(LocalKafka(self.folder / "kafka"))
        except BaseException:
            self._parts.close()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._parts.close()

    def database(self) -> Database:
        """A new one. What earlier ones left to be written is written first: nobody pays for another's pages."""
        database = Database(self.postgres, f"bench_{next(_numbers)}")
        self._as_superuser(f"create database {database.name} template {DATABASE}", "checkpoint")
        return database

    def settle(self) -> None:
        """Writes what is left to be written: nobody pays for another's pages."""
        self._as_superuser("checkpoint")

    def drop(self, database: Database) -> None:
        """Takes a database away, whoever is connected."""
        database.parts.close()
        self._as_superuser(f"drop database {database.name} with (force)")

    def _as_superuser(self, *statements: str) -> None:
        engine = create_engine(self.postgres.superuser_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def topics(self) -> KafkaSettings:
        """Every topic of the catalogue, empty, under a prefix of its own."""
        prefix = f"bench{os.getpid()}-{next(_numbers)}."
        settings = KafkaSettings(bootstrap_servers=self.kafka.bootstrap_servers, topic_prefix=prefix)
        apply_catalogue(settings)
        return settings

    def drop_topics(self, settings: KafkaSettings) -> None:
        """Takes them away, and what clients added under the prefix."""
        with KafkaAdminClient(bootstrap_servers=settings.bootstrap_servers) as admin:
            admin.delete_topics([topic for topic in admin.list_topics() if settings.topic_prefix in topic])


def log_environment(settings: KafkaSettings) -> dict[str, str]:
    """The settings that say where the log is."""
    return {
        "REGULARS_KAFKA_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
        "REGULARS_KAFKA_TOPIC_PREFIX": settings.topic_prefix,
    }


def publish(settings: KafkaSettings, records: Iterable[Outgoing]) -> None:
    """Puts records into their topics, in order; returns when Kafka has acknowledged all."""
    log = KafkaLog(settings)
    waiting = iter(records)
    while some := list(itertools.islice(waiting, PUBLISHED_AT_ONCE)):
        if log.publish(some):
            raise AssertionError("Kafka refused what the generator made")
    log.close()
