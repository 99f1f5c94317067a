"""What the catalogue asks of Kafka, and what counts as a difference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.contracts.topics import CATALOGUE, RECORD_BYTES_MAX, Topic
from shared.messaging.topic_shapes import IN_SYNC, MISSING, Shape, compare, shape_of

KEPT = Topic("kept.v1", owner="stores", key="store", holds="everything", partitions=4)


def test_what_is_kept_for_ever_is_not_left_to_the_brokers_defaults() -> None:
    settings = shape_of(KEPT, copies=3).settings
    assert (settings["retention.ms"], settings["retention.bytes"]) == ("-1", "-1")
    assert shape_of(replace(KEPT, retention_days=30), copies=3).settings["retention.ms"] == str(30 * 24 * 3600 * 1000)


@pytest.mark.parametrize(("copies", "in_sync"), [(1, "1"), (2, "1"), (3, "2"), (5, "2")])
def test_a_write_waits_for_two_copies_where_one_may_be_away(copies: int, in_sync: str) -> None:
    assert shape_of(KEPT, copies).settings[IN_SYNC] == in_sync


def test_every_topic_has_room_for_the_largest_record_and_its_frame() -> None:
    assert all(int(shape_of(topic, 3).settings["max.message.bytes"]) > RECORD_BYTES_MAX for topic in CATALOGUE)


def test_a_topic_as_asked_for_differs_in_nothing_and_a_strangers_topic_is_none() -> None:
    shape = shape_of(KEPT, 3)
    found = {"kept.v1": replace(shape, settings={**shape.settings, "segment.bytes": "1"}), "theirs": shape}
    assert compare({"kept.v1": shape}, found) == []


def test_each_difference_is_named_and_says_whether_it_can_be_mended() -> None:
    shape = shape_of(KEPT, 1)
    found = Shape(6, 1, {**shape.settings, "retention.ms": "604800000"})
    wanted = {"kept.v1": shape, "new.v1": shape}
    partitions, retention, missing = compare(wanted, {"kept.v1": found})
    assert (partitions.what, partitions.wanted, partitions.found) == ("partitions", "4", "6")
    assert "keys" in partitions.obstacle
    assert (retention.what, retention.found, retention.obstacle) == ("retention.ms", "604800000", "")
    assert (missing.topic, missing.what, missing.obstacle) == ("new.v1", MISSING, "")


def test_a_topic_with_too_few_copies_is_not_told_to_wait_for_two() -> None:
    single = shape_of(KEPT, 1)
    differences = {d.what: d for d in compare({"kept.v1": shape_of(KEPT, 3)}, {"kept.v1": single})}
    assert differences.keys() == {"replication factor", IN_SYNC}
    assert all(d.obstacle for d in differences.values()), "with one copy, it would take no record any more"
