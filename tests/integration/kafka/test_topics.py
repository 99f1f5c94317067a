"""The topic catalogue on a real broker: made, compared, mended, and refused where mending would break order."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from typer.testing import CliRunner

from services.cli import main
from services.kafka_local import LocalKafka
from shared.contracts.topics import CATALOGUE, TOPICS
from shared.kernel.errors import TransientError
from shared.messaging.kafka_settings import KafkaSettings
from shared.messaging.topics_kafka import CatalogueRefused, TopicsDiffer, apply_catalogue, find_drift
from shared.testing.waiting import until

SALES, REGISTRY = TOPICS["stores.sales.v1"], TOPICS["stores.registry.v1"]
_numbers = itertools.count(1)


@pytest.fixture
def settings(kafka: LocalKafka) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=kafka.bootstrap_servers, topic_prefix=f"topics{next(_numbers)}.")


def set_config(settings: KafkaSettings, topic: str, **configs: str) -> None:
    with KafkaAdminClient(bootstrap_servers=settings.bootstrap_servers) as admin:
        resource = ConfigResource(ConfigResourceType.TOPIC, settings.physical(topic), configs)
        assert admin.alter_configs([resource])["topic"] == {settings.physical(topic): "OK"}


def test_the_catalogue_is_made_once_and_then_as_it_should_be(settings: KafkaSettings) -> None:
    assert {d.topic for d in find_drift(settings).differences} == {settings.physical(name) for name in TOPICS}
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: apply_catalogue(settings), range(2)))
    assert find_drift(settings).differences == []
    assert apply_catalogue(settings) == []
    with KafkaAdminClient(bootstrap_servers=settings.bootstrap_servers) as admin:
        made = {t["name"]: len(t["partitions"]) for t in admin.describe_topics([settings.physical(n) for n in TOPICS])}
    assert made == {settings.physical(topic.name): topic.partitions for topic in CATALOGUE}


def test_what_somebody_changed_is_found_and_mended(settings: KafkaSettings) -> None:
    apply_catalogue(settings, [SALES, REGISTRY])
    set_config(settings, SALES.name, **{"retention.ms": "1000"})
    set_config(settings, REGISTRY.name, **{"cleanup.policy": "delete"})
    changed = {
        (settings.physical(SALES.name), "retention.ms", "1000"),
        (settings.physical(REGISTRY.name), "cleanup.policy", "delete"),
    }

    def found() -> set[tuple[str, str, str]]:
        return {(d.topic, d.what, d.found) for d in find_drift(settings, [SALES, REGISTRY]).differences}

    until(lambda: found() == changed, what="the broker to hear of it")
    assert len(apply_catalogue(settings, [SALES, REGISTRY])) == 2
    assert find_drift(settings, [SALES, REGISTRY]).differences == []


def test_another_number_of_partitions_is_refused_and_the_rest_is_mended(settings: KafkaSettings) -> None:
    apply_catalogue(settings, [replace(SALES, partitions=3)])
    with pytest.raises(TopicsDiffer, match=r"partitions is 3, not 12.*keys elsewhere") as raised:
        apply_catalogue(settings, [SALES, REGISTRY])
    assert [d.topic for d in raised.value.mended] == [settings.physical(REGISTRY.name)]
    with pytest.raises(TopicsDiffer) as again:
        apply_catalogue(settings, [SALES, REGISTRY])
    assert again.value.mended == []


def test_a_strangers_topics_are_listed_and_left_alone(settings: KafkaSettings) -> None:
    apply_catalogue(settings, [SALES, replace(REGISTRY, name="theirs")])
    drift = find_drift(settings, [SALES])
    assert drift.differences == []
    assert drift.unknown == [settings.physical("theirs")], "what others put under other prefixes is not even listed"


def test_more_copies_than_brokers_is_refused_with_the_way_out(settings: KafkaSettings) -> None:
    chain = settings.model_copy(update={"replication_factor": 3})
    with pytest.raises(CatalogueRefused, match=r"cluster has 1.*REGULARS_KAFKA_REPLICATION_FACTOR"):
        apply_catalogue(chain)
    assert len(find_drift(settings).differences) == len(CATALOGUE), "nothing was made"


def test_a_chains_cluster_waits_for_two_copies_of_three(kafka_trio: LocalKafka) -> None:
    chain = KafkaSettings(bootstrap_servers=kafka_trio.bootstrap_servers, topic_prefix="topics.", replication_factor=3)
    apply_catalogue(chain, [SALES])
    assert find_drift(chain, [SALES]).differences == []
    with KafkaAdminClient(bootstrap_servers=chain.bootstrap_servers) as admin:
        [made] = admin.describe_topics([chain.physical(SALES.name)])
    assert {len(partition["replica_nodes"]) for partition in made["partitions"]} == {3}


def test_a_kafka_that_is_away_is_said_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.messaging.topics_kafka.REQUEST_TIMEOUT_MS", 300)
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:1 does not answer"):
        find_drift(KafkaSettings(bootstrap_servers="127.0.0.1:1"))


def test_the_commands_exit_with_1_on_drift_and_0_without(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGULARS_KAFKA_BOOTSTRAP_SERVERS", settings.bootstrap_servers)
    monkeypatch.setenv("REGULARS_KAFKA_TOPIC_PREFIX", settings.topic_prefix)
    monkeypatch.setenv("COLUMNS", "200")
    regulars = CliRunner()
    drift = regulars.invoke(main, ["topics", "diff"])
    assert drift.exit_code == 1
    assert settings.physical(SALES.name) in drift.output
    made = regulars.invoke(main, ["topics", "apply"])
    assert (made.exit_code, made.output.count("mended")) == (0, len(CATALOGUE))
    assert "nothing to do" in regulars.invoke(main, ["topics", "apply"]).output
    assert regulars.invoke(main, ["topics", "diff"]).exit_code == 0
    monkeypatch.delenv("REGULARS_KAFKA_BOOTSTRAP_SERVERS")
    unset = regulars.invoke(main, ["topics", "diff"])
    assert unset.exit_code == 2
    assert "REGULARS_KAFKA_BOOTSTRAP_SERVERS" in unset.stderr
    assert "regulars kafka up" in unset.stderr
