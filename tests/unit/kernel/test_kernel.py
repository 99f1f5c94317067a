"""The kernel's own pieces, without any IO."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import EnvelopeError, decode_headers, encode_headers, read_attributes
from shared.eventstore.registry import EventRegistry, UnknownEventType
from shared.kernel.clock import BusinessClock
from shared.kernel.decider import Decider
from shared.kernel.errors import InvalidInput
from shared.kernel.ids import NAMESPACE, derived_id, new_id, read_id
from shared.kernel.messages import DomainEvent
from shared.kernel.money import Money, minor_digits
from shared.messaging.log import Member, partition_of
from shared.messaging.murmur2 import murmur2
from shared.testing.specs import DeciderSpec
from tests.support.stock import Fill, Filled, Take, Taken, UsedUp, stock_decider


def test_a_spec_tells_a_story_and_can_fail() -> None:
    spec = DeciderSpec(stock_decider()).given(Filled(units=3)).when(Take(2)).then(Taken(units=2))
    spec.when(Take(2)).then_rejected(UsedUp)
    with pytest.raises(AssertionError):
        spec.when(Fill(1)).then_nothing()


class Renamed(DomainEvent):
    """Version 3 of an event: `points` was `amount` in 1, `unit` came with 2, `unit` is upper case in 3."""

    type: ClassVar[str] = "renamed"
    schema_version: ClassVar[int] = 3
    points: int
    unit: str


def registry() -> EventRegistry:
    decider: Decider[Any, Any, int] = Decider(
        category="x",
        state_type=int,
        events=(Renamed,),
        initial_state=int,
        decide=lambda _c, _s: [],
        evolve=lambda s, _e: s,
        upcasters={
            ("renamed", 1): lambda p: {"points": p["amount"], "unit": "pt"},
            ("renamed", 2): lambda p: {**p, "unit": str(p["unit"]).upper()},
        },
    )
    return EventRegistry([decider])


@pytest.mark.parametrize(
    ("version", "stored"),
    [(1, '{"amount": 5}'), (2, '{"points": 5, "unit": "pt"}'), (3, '{"points": 5, "unit": "PT"}')],
)
def test_an_event_of_any_version_is_read_as_the_newest(version: int, stored: str) -> None:
    assert registry().read("renamed", version, stored) == Renamed(points=5, unit="PT")


@pytest.mark.parametrize(("name", "version"), [("renamed", 4), ("unheard_of", 1)])
def test_data_newer_than_the_release_is_refused(name: str, version: int) -> None:
    with pytest.raises(UnknownEventType):
        registry().read(name, version, "{}")


def test_a_changed_state_has_another_hash() -> None:
    assert stock_decider().schema_hash == stock_decider().schema_hash
    changed: Decider[Any, Any, Any] = Decider(**{**stock_decider().__dict__, "state_version": 2})
    assert changed.schema_hash != stock_decider().schema_hash


@pytest.mark.parametrize(
    ("money", "shown", "whole"),
    [
        (Money(123_456_789, "USD"), "1,234,567.89 USD", 1_234_567),
        (Money(-5, "USD"), "-0.05 USD", -1),
        (Money(500, "JPY"), "500 JPY", 500),
        (Money(12_345, "KWD"), "12.345 KWD", 12),
    ],
)
def test_money_as_people_write_it(money: Money, shown: str, whole: int) -> None:
    assert (str(money), money.whole_units) == (shown, whole)


def test_a_currency_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="'XXQ'"):
        minor_digits("XXQ")


def test_ids_derive_from_their_cause_for_ever() -> None:
    # A change of this value would make every repeated cause look new.
    assert derived_id("receipt", "367", "1", "2017-01-01", "42") == UUID("853a8aff-32ec-5d1d-8ab6-dde54ce2036a")
    assert derived_id("a", "bc") != derived_id("ab", "c")
    assert derived_id("1|2", "3") != derived_id("1", "2|3")
    assert new_id() < new_id()


def test_a_business_day_begins_where_the_store_is() -> None:
    clock = BusinessClock(datetime(2018, 1, 1, 4, 1, 20, tzinfo=UTC))
    assert clock.today("America/New_York") == date(2017, 12, 31)
    with pytest.raises(ValueError, match="no offset"):
        BusinessClock(datetime(2018, 1, 1))  # noqa: DTZ001 - that is the point


@given(st.dictionaries(st.text(max_size=8), st.binary(max_size=20), max_size=5))
def test_any_headers_survive_storage(headers: dict[str, bytes]) -> None:
    assert decode_headers(encode_headers(headers)) == headers


@given(st.dictionaries(st.sampled_from(["ce_id", "ce_source", "ce_type", "ce_time"]), st.binary(max_size=40)))
def test_reading_attributes_never_fails_in_another_way(headers: dict[str, bytes]) -> None:
    with suppress(EnvelopeError):
        read_attributes(encode_headers(headers))


@given(st.binary(min_size=1, max_size=60), st.integers(1, 5))
def test_every_partition_has_exactly_one_owner(key: bytes, count: int) -> None:
    partition = partition_of(key, 12)
    assert 0 <= partition < 12
    assert [Member(n, count).owns(partition) for n in range(count)].count(True) == 1


@given(st.integers(0, 11), st.integers(1, 4), st.integers(1, 3))
def test_lanes_share_what_their_member_owns_and_nothing_else(partition: int, count: int, lanes: int) -> None:
    for n in range(count):
        member = Member(n, count, f"m{n}")
        owners = [lane for lane in member.lanes(lanes) if lane.owns(partition)]
        assert len(owners) == member.owns(partition)


def test_each_lane_has_a_name_of_its_own_and_the_first_keeps_the_members() -> None:
    assert [lane.name for lane in Member(name="m0").lanes(3)] == ["m0", "m0.1", "m0.2"]
    assert [lane.name for lane in Member().lanes(2)] == [None, None]


@given(st.uuids())
def test_an_id_is_read_as_it_was_written(id_: UUID) -> None:
    assert read_id(str(id_)) == id_
    assert hash(read_id(str(id_))) == hash(id_)


def test_derived_ids_never_change() -> None:
    cause = UUID("018f4e2a-7c11-7a2b-9c3d-4e5f60718293")
    derived = derived_id(cause, "loyalty", "account-1", "points_earned", 1)
    assert derived == uuid5(NAMESPACE, f"36:{cause}7:loyalty9:account-113:points_earned1:1")


@given(st.binary(max_size=70))
def test_the_partitioner_is_kafkas_own(key: bytes) -> None:
    from kafka.partitioner.default import murmur2 as kafkas  # noqa: PLC0415 - heavy, and only needed here

    assert murmur2(key) == kafkas(key)


def test_a_failpoint_with_an_unknown_name_stops_the_process_at_start() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import shared.kernel.failpoints"],
        env={"REGULARS_FAILPOINTS": "nowhere:kill"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert "unknown failpoint 'nowhere:kill'" in run.stderr
