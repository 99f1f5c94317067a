"""Redemptions over HTTP, and many callers at the same moment."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from shared.contracts.stores import SALES_TOPIC
from shared.kernel.ids import derived_id
from shared.messaging.batches import BatchReader
from shared.messaging.message import TopicPartition
from tests.support.sales import NOON, member, outgoing, receipt, sale

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from tests.integration.loyalty.conftest import Loyalty

Answer = Any
"""What the test client answers with."""

ANNE, BEN = member("anne"), member("ben")


def redemption(n: object) -> UUID:
    return derived_id("redemption", n)


def at_once(calls: list[Callable[[], Answer]]) -> list[Answer]:
    """All calls from a barrier: each has its thread and starts with the others."""
    barrier = threading.Barrier(len(calls))

    def start(call: Callable[[], Answer]) -> Answer:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(start, call) for call in calls]]


def codes(answers: list[Answer]) -> Counter[str]:
    return Counter(str(answer.json().get("code", answer.status_code)) for answer in answers)


@pytest.fixture
def rich(loyalty: Loyalty) -> Loyalty:
    loyalty.hears(sale(ANNE, receipt(1), net=10_000))
    return loyalty


def test_reserve_confirm(rich: Loyalty) -> None:
    reserved = rich.reserve(ANNE, redemption(1), 40)
    assert reserved.status_code == 201
    assert reserved.json() | {"version": 0} == {
        "redemption_id": str(redemption(1)),
        "customer_id": str(ANNE),
        "points": 40,
        "status": "reserved",
        "reserved_until": (NOON + timedelta(minutes=15)).isoformat().replace("+00:00", "Z"),
        "reserved_at": NOON.isoformat().replace("+00:00", "Z"),
        "ended_at": None,
        "available": 60,
        "version": 0,
    }
    account = rich.account(ANNE)
    assert (account["available"], account["reserved"], account["version"]) == (60, 40, reserved.json()["version"])
    assert account["lots"] == [{"expires_on": "2028-03-31", "points": 60, "reserved": 40}]
    assert rich.ends("confirm", redemption(1)).json()["status"] == "confirmed"
    account = rich.account(ANNE)
    assert (account["available"], account["reserved"], account["redeemed_total"]) == (60, 0, 40)
    assert not rich.complaints()


def test_every_call_may_be_repeated(rich: Loyalty) -> None:
    def answers(call: Callable[[], Answer]) -> set[str]:
        return {call().text for _ in range(3)}

    assert len(answers(lambda: rich.reserve(ANNE, redemption(1), 40))) == 1
    assert len(answers(lambda: rich.ends("confirm", redemption(1)))) == 1
    assert rich.reserve(ANNE, redemption(1), 40).json()["status"] == "confirmed"
    assert len(answers(lambda: rich.ends("cancel", redemption(1)))) == 1
    assert rich.ends("cancel", redemption(1)).json()["code"] == "redemption_confirmed"
    assert rich.account(ANNE)["available"] == 60
    assert not rich.complaints()


def test_cancelled_and_expired_points_come_back(rich: Loyalty) -> None:
    rich.reserve(ANNE, redemption(1), 40)
    assert rich.ends("cancel", redemption(1)).json()["available"] == 100
    assert rich.ends("confirm", redemption(1)).json()["code"] == "redemption_cancelled"
    rich.reserve(ANNE, redemption(2), 40)
    rich.at(NOON + timedelta(minutes=15))
    assert rich.ends("confirm", redemption(2)).json()["code"] == "reservation_expired"
    rich.time_passes(minutes=15)
    assert rich.http.get(f"/redemptions/{redemption(2)}").json()["status"] == "expired"
    assert rich.ends("confirm", redemption(2)).json()["code"] == "reservation_expired"
    assert rich.ends("cancel", redemption(2)).status_code == 200
    assert rich.account(ANNE)["available"] == 100
    assert not rich.complaints()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"points": 101}, 409, "insufficient_points"),
        ({"points": 0}, 422, "invalid_input"),
        ({"points": 2**70}, 422, "invalid_input"),
        ({"points": 1.5}, 422, "invalid_input"),
        ({"customer_id": str(BEN)}, 404, "account_not_found"),
        ({"redemption_id": "x"}, 422, "invalid_input"),
        ({"reserved_until": "2026-03-01T12:00:00"}, 422, "invalid_input"),
        ({"reserved_until": "2026-03-01T12:00:00Z"}, 422, "reserved_until_invalid"),
        ({"reserved_until": "2026-03-09T12:00:00Z"}, 422, "reserved_until_invalid"),
        ({"name": "Anne"}, 422, "invalid_input"),
    ],
)
def test_what_cannot_be_reserved_says_why(rich: Loyalty, change: dict[str, Any], status: int, code: str) -> None:
    body = {"redemption_id": str(redemption(1)), "customer_id": str(ANNE), "points": 10} | change
    refused = rich.http.post("/redemptions", json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert rich.account(ANNE)["available"] == 100


def test_what_is_not_there_is_not_found(rich: Loyalty) -> None:
    for answer in (
        rich.ends("confirm", redemption(9)),
        rich.ends("cancel", redemption(9)),
        rich.http.get(f"/redemptions/{redemption(9)}"),
        rich.http.get(f"/accounts/{BEN}"),
        rich.http.get(f"/accounts/{BEN}/statement"),
    ):
        assert answer.status_code == 404


def test_of_80_callers_20_get_the_20_units_and_60_are_told_that_they_are_used_up(loyalty: Loyalty) -> None:
    loyalty.hears(sale(ANNE, receipt(1), net=2_000))
    answers = at_once([partial(loyalty.reserve, ANNE, redemption(n), 1) for n in range(80)])
    assert codes(answers) == {"201": 20, "insufficient_points": 60}
    assert (loyalty.account(ANNE)["available"], loyalty.account(ANNE)["reserved"]) == (0, 20)
    assert not loyalty.complaints()


def test_one_redemption_from_many_callers_is_one_redemption(rich: Loyalty) -> None:
    assert codes(at_once([lambda: rich.reserve(ANNE, redemption(1), 30)] * 10)) == {"201": 10}
    answers = at_once([partial(rich.ends, verb, redemption(1)) for verb in ["confirm", "cancel"] * 5])
    assert codes(answers) in ({"200": 5, "redemption_confirmed": 5}, {"200": 5, "redemption_cancelled": 5})
    assert not rich.complaints()


def test_one_id_asked_for_two_members_at_once_is_given_to_one(rich: Loyalty) -> None:
    rich.hears(sale(BEN, receipt(2), net=10_000))
    for n in range(5):
        answers = at_once([partial(rich.reserve, who, redemption(n), 10) for who in (ANNE, BEN)])
        assert codes(answers) == {"201": 1, "redemption_id_taken": 1}
    assert rich.account(ANNE)["reserved"] + rich.account(BEN)["reserved"] == 50
    assert not rich.complaints()


def test_redeeming_while_sales_of_the_same_member_stream_in(rich: Loyalty) -> None:
    rich.log.publish([outgoing(sale(ANNE, receipt(n), net=100)) for n in range(2, 202)])
    reader = BatchReader(rich.service.engine, rich.service.consumers[0], rich.log)
    positions = dict(reader.positions([TopicPartition(SALES_TOPIC, n) for n in range(12)]))

    def sales() -> Answer:
        while records := rich.log.fetch(positions, 60):
            positions.update(reader.handle(records))
        return rich.http.get(f"/accounts/{ANNE}")

    answers = at_once([sales, *[partial(rich.reserve, ANNE, redemption(n), 2) for n in range(20)]])
    assert codes(answers) == {"200": 1, "201": 20}
    account = rich.account(ANNE)
    assert (account["available"], account["reserved"], account["earned_total"]) == (260, 40, 300)
    assert not rich.complaints()


def test_the_same_idempotency_key_gives_the_same_answer(rich: Loyalty) -> None:
    body = {"redemption_id": str(redemption(1)), "customer_id": str(ANNE), "points": 10}
    key = {"Idempotency-Key": "till-7-42"}
    first, again = (rich.http.post("/redemptions", json=body, headers=key) for _ in range(2))
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    other = rich.http.post("/redemptions", json=body | {"points": 11}, headers=key)
    assert other.json()["code"] == "idempotency_key_reused"
