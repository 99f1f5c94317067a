"""The local Kafka under its own misfortunes: brokers killed, starters killed, folders confused."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from typer.testing import CliRunner

from services import kafka_jars, kafka_local
from services.cli import main
from services.kafka_broker import BrokerError
from services.kafka_folder import address_of, starter_of
from services.kafka_jars import KafkaUnavailableError, find_jars
from services.kafka_local import LocalKafka
from shared.database.embedded import DataDirInUse
from shared.testing.waiting import until

REGULARS = [sys.executable, "-m", "services.cli"]


def make_topic(servers: str, name: str, *, copies: int = 1) -> None:
    with KafkaAdminClient(bootstrap_servers=servers) as admin:
        admin.create_topics(
            {name: {"num_partitions": 1, "replication_factor": copies}},
            wait_for_metadata=True,
        )


def send(servers: str, topic: str, body: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=servers, acks="all")
    try:
        producer.send(topic, body).get(30)
    finally:
        producer.close()


def read(servers: str, topic: str) -> list[bytes]:
    partition = TopicPartition(topic, 0)
    consumer = KafkaConsumer(bootstrap_servers=servers)
    try:
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        end = consumer.end_offsets([partition])[partition]
        bodies: list[bytes] = []
        while len(bodies) < end:
            bodies += [record.value for records in consumer.poll(1_000).values() for record in records]
        return bodies
    finally:
        consumer.close()


def processes_in(folder: Path) -> list[int]:
    """The brokers and their watchers over a folder."""
    return [p.pid for p in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(p.info["cmdline"] or ())]


def test_records_and_the_address_outlive_a_killed_broker_and_a_restart(kafka: LocalKafka, tmp_path: Path) -> None:
    data = tmp_path / "data"
    half_made = data / "broker-1" / "data"
    half_made.mkdir(parents=True)
    (half_made / "meta.properties").write_text("version=1\n")
    with LocalKafka(data) as own:
        address, first = own.bootstrap_servers, own.pids[1]
        assert address != kafka.bootstrap_servers
        make_topic(address, "kept")
        send(address, "kept", b"before")
        os.kill(first, signal.SIGKILL)
        until(lambda: not own.pids, what="the broker to be gone")
        assert own.revive() == [1]
        assert own.pids[1] != first
        send(address, "kept", b"after")
    until(lambda: not processes_in(data), what="every process of the folder to be gone")
    with LocalKafka(data) as own:
        assert own.bootstrap_servers == address
        assert read(address, "kept") == [b"before", b"after"]
    with pytest.raises(BrokerError, match="made with --brokers 1, not 3"), LocalKafka(data, brokers=3):
        pass
    plan = data / "cluster.json"
    # The broker's port alone: the same digits may stand elsewhere in the plan.
    nodes = json.loads(plan.read_text())
    nodes["nodes"][0]["port"] = int(kafka.bootstrap_servers.rsplit(":", 1)[1])
    plan.write_text(json.dumps(nodes))
    with pytest.raises(BrokerError, match="Address already in use"), LocalKafka(data):
        pytest.fail("another Kafka answers on that port, and was taken for ours")
    until(lambda: not processes_in(data), what="every process of the folder to be gone")


def test_a_cluster_that_is_not_ready_in_time_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalKafka(tmp_path / "data") as own:
        monkeypatch.setattr(kafka_local, "READY_S_MAX", 0.1)
        os.kill(own.pids[1], signal.SIGSTOP)
        try:
            with pytest.raises(BrokerError, match=r"not ready after 0 s: it does not describe itself: \w+; see .*log"):
                own.start_broker(1)
        finally:
            os.kill(own.pids[1], signal.SIGCONT)


def test_brokers_end_with_a_starter_that_is_killed_and_the_next_start_has_the_records(
    kafka: LocalKafka, tmp_path: Path
) -> None:
    assert kafka.pids
    data = tmp_path / "data"
    starter = subprocess.Popen(
        [*REGULARS, "kafka", "up", "--foreground", "--data-dir", str(data)],
        stdout=subprocess.DEVNULL,
    )
    address = until(lambda: address_of(data), what="Kafka to serve")
    assert starter_of(data) == starter.pid
    make_topic(address, "kept")
    send(address, "kept", b"before")
    with pytest.raises(DataDirInUse, match="regulars kafka down"), LocalKafka(data):
        pass
    starter.kill()
    starter.wait()
    assert address_of(data) is None, "a note of the dead is not believed"
    until(lambda: not processes_in(data / "broker-1"), what="the broker and its watcher to be gone")

    regulars, folder = CliRunner(), ["--data-dir", str(data)]
    try:
        said = regulars.invoke(main, ["kafka", "up", *folder]).output
        assert f"export REGULARS_KAFKA_BOOTSTRAP_SERVERS={address}\n" in said
        running = starter_of(data)
        assert regulars.invoke(main, ["kafka", "up", *folder]).output == said
        assert starter_of(data) == running, "a Kafka that runs is left alone"
        assert read(address, "kept") == [b"before"]
    finally:
        assert "Stopped" in regulars.invoke(main, ["kafka", "down", *folder]).output
    assert processes_in(data / "broker-1") == []
    assert "No Kafka runs" in regulars.invoke(main, ["kafka", "down", *folder]).output


def test_three_brokers_go_on_with_two_and_the_third_catches_up(kafka_trio: LocalKafka) -> None:
    servers = kafka_trio.bootstrap_servers
    make_topic(servers, "copied", copies=3)
    with KafkaAdminClient(bootstrap_servers=servers) as admin:
        leader = admin.describe_topics(["copied"])[0]["partitions"][0]["leader_id"]
    kafka_trio.kill_broker(leader)
    assert leader not in kafka_trio.pids
    assert len(kafka_trio.pids) == 2
    send(servers, "copied", b"with two of three")
    kafka_trio.start_broker(leader)
    with KafkaAdminClient(bootstrap_servers=servers) as admin:
        assert sorted(admin.describe_topics(["copied"])[0]["partitions"][0]["isr_nodes"]) == [1, 2, 3]
    assert read(servers, "copied") == [b"with two of three"]


@pytest.mark.parametrize("missing", ["java", "mvn", "pom.xml"])
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in {"java", "mvn"} - {missing}:
        (programs / name).symlink_to(shutil.which(name) or "/bin/false")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(kafka_jars, "CACHE", tmp_path / "cache")
    if missing == "pom.xml":
        monkeypatch.setattr(kafka_jars, "POM", tmp_path / missing)
    with pytest.raises(KafkaUnavailableError, match=missing), LocalKafka(tmp_path / "data"):
        pass


def test_a_maven_that_fails_is_quoted_and_leaves_no_jars(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "mvn").write_text("#!/bin/sh\necho '[ERROR] central is not reachable'\nexit 1\n")
    (programs / "mvn").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/bin")
    monkeypatch.setattr(kafka_jars, "CACHE", tmp_path / "cache")
    for _ in range(2):
        with pytest.raises(KafkaUnavailableError, match="central is not reachable"):
            find_jars()
