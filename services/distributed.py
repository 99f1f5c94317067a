"""The distributed system on one machine: Kafka, and for each service its own database and its own process.

Each is what `regulars serve` runs in a chain; only who starts them differs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from services.children import Child
from services.local import SERVICES, LocalSystem
from services.profile import LOCAL, Profile
from shared.database.migrate import DATABASE, prepare_database
from shared.messaging.kafka_settings import KafkaSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from services.kafka_local import LocalKafka


class DistributedSystem(LocalSystem):
    """A system over the Kafka that the folder's profile names: its own, `LOCAL`, or bootstrap servers elsewhere."""

    def __init__(
        self,
        data_dir: Path,
        *,
        kafka: str = LOCAL,
        port: int | None = None,
        replicas: int = 1,
        time_zone: str | None = None,
        business_time: datetime | None = None,
        processes: bool = True,
    ) -> None:
        profile = Profile.of(data_dir.absolute(), time_zone, business_time, kafka=kafka)
        profile.expect_kafka(kafka)
        super().__init__(data_dir, profile, port=port, processes=processes)
        self._replicas = replicas
        self._addresses: dict[str, str] = {}
        self._kafka: LocalKafka | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Where Kafka is."""
        return self._kafka.bootstrap_servers if self._kafka else str(self.profile.kafka)

    def address_of(self, service: str) -> str:
        return self._addresses[service]

    def environment(self) -> dict[str, str]:
        if not self._addresses:
            return super().environment()
        return super().environment() | {"REGULARS_CONSOLE_FORWARD": json.dumps(self._addresses)}

    def _database_of(self, service: str) -> str:
        # A folder that began embedded goes on with its one database; each service sees its own schema of it.
        return f"{DATABASE}_{service}" if self.profile.own_databases else DATABASE

    def _prepare(self) -> None:
        # Loads Kafka's client, which nothing else of a local system does.
        from services.kafka_local import LocalKafka  # noqa: PLC0415
        from shared.messaging.topics_kafka import apply_catalogue  # noqa: PLC0415

        if self.profile.kafka == LOCAL:
            self._kafka = self._parts.enter_context(LocalKafka(self.data_dir / "kafka"))
        for service in SERVICES:
            prepare_database(self._postgres.superuser_url, [service], database=self._database_of(service))
            self._migrate(service)
        apply_catalogue(self._settings())

    def _settings(self) -> KafkaSettings:
        return KafkaSettings(bootstrap_servers=self.bootstrap_servers)

    def _log_environment(self) -> dict[str, str]:
        return {
            "REGULARS_KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "REGULARS_KAFKA_TOPIC_PREFIX": self._settings().topic_prefix,
        }

    def _servers(self) -> list[Callable[[], object]]:
        return [*super()._servers(), *([self._kafka.revive] if self._kafka else [])]

    def _plan(self) -> Mapping[str, Child]:
        children = {}
        for service in SERVICES:
            children[f"{service}-1"] = self._serving(service, 1, front=service == SERVICES[0])
            for n in range(2, self._replicas + 1):
                # One serves the API here; a chain would put a load balancer in front of several.
                children[f"{service}-{n}"] = self._serving(service, n, "--role", "consumers,relay,scheduler")
        self._addresses = {service: children[f"{service}-1"].address for service in SERVICES}
        return children

    def _serving(self, service: str, number: int, *more: str, front: bool = False) -> Child:
        serve = ["services.cli", "serve", service, "--instance", f"{service}-{number}", *more]
        return self._child(*serve, front=front)
