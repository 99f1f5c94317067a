"""A real Apache Kafka on this machine, for tests, demos and development: KRaft, loopback only, one folder."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from services.kafka_broker import STOP_S_MAX, Broker, BrokerError, Node
from services.kafka_folder import announced, plan, sole_starter
from services.kafka_jars import find_jars, find_java
from shared.contracts.topics import BATCH_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

READY_S_MAX = 120.0
"""Brokers that were killed at once find each other again in 5 to 17 s; a machine with too much to do needs more."""
LOOK_EVERY_S = 0.05
HEAP_MIB = 384
JVM_OPTIONS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
)
"""A collector and a compiler that start fast and need one thread each."""
STOP_TOGETHER_S_MAX = 6.0
"""The last brokers of a cluster may wait in vain for a controller to hand over to; killed then, they lose nothing."""
REPLICAS_MAX = 3
NAMED_MAX = 3
"""A message names as many, and counts the rest."""


class LocalKafka:
    """A running cluster over `data_dir`; use as a context manager. Blocks until it serves.

    Ports and data stay with the folder. Brokers never outlive their starter: one that is killed takes them with
    it, and the next start recovers what they had acknowledged. One starter at a time: `DataDirInUse` otherwise.
    Raises `KafkaUnavailableError` without Java or Maven, `BrokerError` when a broker does not come up. `report` is
    told each file that Maven brings.
    """

    def __init__(
        self,
        data_dir: Path,
        brokers: int = 1,
        *,
        heap_mib: int = HEAP_MIB,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self._size = brokers
        self._heap_mib = heap_mib
        self._report = report
        self._parts = ExitStack()
        self._brokers: dict[int, Broker] = {}

    def __enter__(self) -> Self:
        java, jars = find_java(), find_jars(self._report)
        try:
            self._parts.enter_context(sole_starter(self.data_dir))
            self._cluster_id, nodes = plan(self.data_dir, self._size)
            archive = jars / "classes.jsa"
            archived = [f"-XX:SharedArchiveFile={archive}"] if archive.exists() else []
            command = [java, *archived, f"-Xmx{self._heap_mib}m", *JVM_OPTIONS, "-cp", f"{jars}/*"]
            self._brokers = {
                node.number: Broker(
                    self.data_dir / f"broker-{node.number}",
                    node,
                    command,
                    _settings(node, nodes),
                    archive=archive if node.number == 1 and not archived else None,
                )
                for node in nodes
            }
            with ThreadPoolExecutor(len(nodes)) as pool:
                list(pool.map(lambda broker: broker.prepare(self._cluster_id), self._brokers.values()))
            self._parts.callback(self._stop_all)
            for broker in self._brokers.values():
                broker.start()
            self._wait_until_ready()
            self._parts.enter_context(announced(self.data_dir, self.bootstrap_servers))
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

    @property
    def bootstrap_servers(self) -> str:
        """Every broker's address, separated by commas: REGULARS_KAFKA_BOOTSTRAP_SERVERS."""
        return ",".join(broker.node.address for broker in self._brokers.values())

    @property
    def pids(self) -> dict[int, int]:
        """The process id of each broker that runs, by its number."""
        return {number: broker.pid for number, broker in self._brokers.items() if broker.alive}

    def stop_broker(self, number: int) -> None:
        """Stops a broker in order: it hands its partitions over first. Returns when it is gone."""
        self._brokers[number].ask_to_stop()
        self._brokers[number].wait_stopped()

    def kill_broker(self, number: int) -> None:
        """Ends a broker by kill -9. Returns when the process is gone."""
        self._brokers[number].kill()

    def start_broker(self, number: int) -> None:
        """Starts a broker that was stopped or killed. Returns when it serves and holds what the others hold."""
        self._brokers[number].start()
        self._wait_until_ready()

    def revive(self) -> list[int]:
        """Starts again the brokers that ended by themselves; their numbers. What they acknowledged is still there."""
        dead = [number for number, broker in self._brokers.items() if broker.ended]
        for number in dead:
            self._brokers[number].start()
        if dead:
            self._wait_until_ready()
        return dead

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_S_MAX
        while True:
            running = {number: broker for number, broker in self._brokers.items() if broker.alive}
            for broker in self._brokers.values():
                broker.check_alive()
            missing = self._missing(running)
            if not missing:
                return
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"Kafka is not ready after {READY_S_MAX:.0f} s: {missing}; see {self.data_dir}/broker-*/*.log"
                )
            time.sleep(LOOK_EVERY_S)

    def _missing(self, running: Mapping[int, Broker]) -> str:
        """What the running brokers lack until they are one cluster that holds every record of what they copy."""
        deaf = [number for number, broker in running.items() if not _answers(broker)]
        if deaf:
            return f"of its brokers, {_some(deaf)} do not listen"
        addresses = [broker.node.address for broker in running.values()]
        try:
            with KafkaAdminClient(
                bootstrap_servers=addresses, bootstrap_timeout_ms=5_000, request_timeout_ms=5_000
            ) as admin:
                cluster, topics = admin.describe_cluster(), admin.describe_topics()
        except KafkaError as error:
            return f"it does not describe itself: {type(error).__name__}"
        if cluster["cluster_id"] != self._cluster_id:
            return "somebody else's Kafka took our ports while we were away"
        fenced = running.keys() - {broker["broker_id"] for broker in cluster["brokers"] if not broker["is_fenced"]}
        if fenced:
            return f"of its brokers, {_some(fenced)} are not let in"
        behind = [
            f"{topic['name']}-{partition['partition_index']}"
            for topic in topics
            for partition in topic["partitions"]
            if partition["leader_id"] < 0
            or running.keys() & set(partition["replica_nodes"]) - set(partition["isr_nodes"])
        ]
        return f"without a leader or behind it: {_some(behind)}" if behind else ""

    def _stop_all(self) -> None:
        for broker in self._brokers.values():
            broker.ask_to_stop()
        for broker in self._brokers.values():
            broker.wait_stopped(STOP_S_MAX if len(self._brokers) == 1 else STOP_TOGETHER_S_MAX)


def _settings(node: Node, nodes: Sequence[Node]) -> dict[str, object]:
    """server.properties: small and fast to start; what clients can notice stays Kafka's default."""
    copies = min(REPLICAS_MAX, len(nodes))
    in_sync = 2 if copies == REPLICAS_MAX else 1
    internal = {
        f"{topic}.{name}": value
        for topic in ("transaction.state.log", "share.coordinator.state.topic")
        for name, value in (("replication.factor", copies), ("min.isr", in_sync), ("num.partitions", 1))
    }
    return {
        "process.roles": "broker,controller",
        "node.id": node.number,
        "controller.quorum.voters": ",".join(f"{n.number}@127.0.0.1:{n.controller_port}" for n in nodes),
        "listeners": f"PLAINTEXT://{node.address},CONTROLLER://127.0.0.1:{node.controller_port}",
        "controller.listener.names": "CONTROLLER",
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 1,
        **internal,
        # A broker that was killed may come back when its session has ended: 9 s by default.
        "broker.session.timeout.ms": 4_000,
        "broker.heartbeat.interval.ms": 1_000,
        "group.initial.rebalance.delay.ms": 0,
        "message.max.bytes": BATCH_BYTES_MAX,
        "num.network.threads": 1,
        "num.io.threads": 2,
        "background.threads": 1,
        "group.coordinator.threads": 1,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    }


def _some(found: Collection[object]) -> str:
    few = sorted(map(str, found))[:NAMED_MAX]
    return ", ".join(few) + (f" and {len(found) - len(few)} more" if len(found) > len(few) else "")


def _answers(broker: Broker) -> bool:
    try:
        socket.create_connection(("127.0.0.1", broker.node.port), timeout=1).close()
    except OSError:
        return False
    return True
