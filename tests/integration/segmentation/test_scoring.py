"""Scores are exact, follow a member's own sales at once, and are told only when they change."""

from __future__ import annotations

import random
import threading
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from services.segmentation.application.scoring import Scoring
from services.segmentation.read_models.member_facts import query
from services.segmentation.read_models.member_facts.projection import VIEWS
from shared.contracts.stores import SaleVoided
from shared.database.batch import fetch
from shared.testing.waiting import until
from tests.support.locks import somebody_waits
from tests.support.sales import DAY, NOON, member, message, receipt, sale, store_sales

if TYPE_CHECKING:
    from uuid import UUID

    from shared.contracts.base import IntegrationEvent
    from shared.runtime.service import Service

Purchase = tuple["UUID", "UUID", date, int]
Scores = dict["UUID", tuple[int, int, int]]
scoring = Scoring(query)


def sweep(service: Service, as_of: date) -> None:
    with service.engine.begin() as connection:
        scoring.set_cuts(connection, as_of, NOON)
    scoring.rescore_all(service.engine)


def hear(service: Service, *events: IntegrationEvent) -> None:
    with service.engine.begin() as connection:
        service.consumers[0].handle(connection, [message(event, VIEWS) for event in events], lock=False)


def scores(service: Service) -> Scores:
    with service.engine.begin() as connection:
        return {who: (r, f, m) for who, r, f, m in fetch(connection, "select customer_id, r, f, m from member_scores")}


def told(service: Service) -> list[tuple[str, Any]]:
    """What lies in the outbox about scores, oldest first: type and body."""
    with service.engine.begin() as connection:
        rows = fetch(connection, "select headers, body from outbox where topic = 'segmentation.scores.v1' order by id")
    return [(orjson.loads(headers)["ce_type"], orjson.loads(body)) for headers, body in rows]


def brute_force(purchases: list[Purchase], as_of: date) -> Scores:
    """The definition, member against member."""
    mine: dict[UUID, list[Purchase]] = {}
    for purchase in purchases:
        if purchase[2] <= as_of:
            mine.setdefault(purchase[0], []).append(purchase)
    days = {who: (as_of - max(p[2] for p in bought)).days for who, bought in mine.items()}
    times = {who: len(bought) for who, bought in mine.items()}
    money = {who: sum(p[3] for p in bought) for who, bought in mine.items()}
    n = len(mine)
    return {
        who: (
            1 + 5 * sum(other > days[who] for other in days.values()) // n,
            1 + 5 * sum(other < times[who] for other in times.values()) // n,
            1 + 5 * sum(other < money[who] for other in money.values()) // n,
        )
        for who in mine
    }


def purchases_of(seed: int, members: int, spread: int) -> list[Purchase]:
    """Small `spread` means heavy ties."""
    rng = random.Random(seed)  # noqa: S311 - a made-up year
    return [
        (member(who), receipt((who, n)), DAY + timedelta(days=rng.randint(0, spread)), rng.randint(0, spread) * 100)
        for who in range(members)
        for n in range(rng.randint(1, 1 + spread))
    ]


@pytest.mark.parametrize(
    ("members", "spread"),
    [(1, 1), (2, 1), (3, 5), (4, 0), (5, 40), (7, 3), (100, 0), (300, 2), (300, 6), (301, 40)],
)
def test_scores_equal_the_definition(service: Service, members: int, spread: int) -> None:
    purchases = purchases_of(members + spread, members, spread)
    with service.engine.begin() as connection:
        store_sales(connection, purchases)
    # In the middle of the time as well: later purchases must not count, members without earlier ones must not be.
    for as_of in (DAY + timedelta(days=spread), DAY + timedelta(days=spread // 2), DAY - timedelta(days=1)):
        sweep(service, as_of)
        assert scores(service) == brute_force(purchases, as_of)


def test_only_changed_scores_are_told(service: Service) -> None:
    purchases = purchases_of(1, 40, 6)
    with service.engine.begin() as connection:
        store_sales(connection, purchases)
    first, second = DAY + timedelta(days=6), DAY + timedelta(days=7)
    sweep(service, first)
    assert {body["customer_id"] for _, body in told(service)} == {str(who) for who in scores(service)}
    known = {body["customer_id"]: (body["recency"], body["frequency"], body["money"]) for _, body in told(service)}
    assert known == {str(who): score for who, score in scores(service).items()}
    # A day later everybody's recency is a day more: no order changes, so no score does.
    sweep(service, second)
    assert len(told(service)) == 40
    with service.engine.begin() as connection:
        assert fetch(connection, "select distinct as_of from member_scores") == [(second,)]


def test_a_sale_rescores_its_member_at_once_against_the_last_cuts(service: Service) -> None:
    # Five members: 1 to 5 receipts of one unit each, all on one day.
    with service.engine.begin() as connection:
        store_sales(connection, [(member(n), receipt((n, i)), DAY, 100) for n in range(1, 6) for i in range(n)])
    sweep(service, DAY)
    assert {scores(service)[member(n)] for n in range(1, 6)} == {(1, n, n) for n in range(1, 6)}
    before = len(told(service))
    hear(service, sale(member(1), receipt("new"), net=350))
    assert scores(service)[member(1)] == (1, 2, 5)
    assert scores(service)[member(2)] == (1, 2, 2), "others wait for the next sweep"
    assert told(service)[before:] == [
        (
            "segmentation.scores_changed.v1",
            {"customer_id": str(member(1)), "as_of": str(DAY), "recency": 1, "frequency": 2, "money": 5},
        ),
    ]
    # Facts change, scores do not: nothing to tell.
    hear(service, sale(member(1), receipt("new"), net=340, version=2))
    assert len(told(service)) == before + 1


def test_before_the_first_sweep_nobody_is_scored_and_nothing_is_told(service: Service) -> None:
    hear(service, sale(member(1), receipt(1)))
    assert (scores(service), told(service)) == ({}, [])


def test_a_sale_after_the_date_of_the_cuts_waits_for_the_next_sweep(service: Service) -> None:
    hear(service, *[sale(member(n), receipt((n, i))) for n in range(1, 6) for i in range(n)])
    sweep(service, DAY)
    hear(service, sale(member(1), receipt("next"), day=DAY + timedelta(days=1)))
    assert scores(service)[member(1)] == (1, 1, 1)
    sweep(service, DAY + timedelta(days=1))
    assert scores(service)[member(1)] == (5, 1, 1)


def test_whoever_has_nothing_left_that_counts_loses_the_scores(service: Service) -> None:
    hear(service, *[sale(member(n), receipt((n, i))) for n in range(1, 6) for i in range(n)])
    sweep(service, DAY)
    hear(service, sale(member(1), receipt((1, 0)), version=2, net=0, standing="voided", kind=SaleVoided))
    assert member(1) not in scores(service)
    assert told(service)[-1] == ("segmentation.scores_withdrawn.v1", {"customer_id": str(member(1))})


def test_scores_that_come_back_are_told_under_another_id(service: Service) -> None:
    hear(service, *[sale(member(n), receipt((n, i))) for n in range(1, 6) for i in range(n)])
    for version, net in enumerate((3500, 1000, 3500, 1000), start=2):
        sweep(service, DAY)
        hear(service, sale(member(1), receipt((1, 0)), version=version, net=net))
    with service.engine.begin() as connection:
        told_, ids = fetch(connection, "select count(*), count(distinct event_id) from outbox")[0]
    assert told_ == ids > 5


def test_an_interrupted_sweep_is_finished_by_the_next_call(service: Service) -> None:
    purchases = purchases_of(3, 30, 6)
    with service.engine.begin() as connection:
        store_sales(connection, purchases)
    as_of = DAY + timedelta(days=6)
    with service.engine.begin() as connection:
        scoring.set_cuts(connection, as_of, NOON)
    assert scores(service) == {}
    assert scoring.rescore_all(service.engine) == 30
    assert scoring.rescore_all(service.engine) == 0
    assert scores(service) == brute_force(purchases, as_of)


def test_new_cuts_wait_for_a_batch_that_scores_by_the_old_ones(service: Service) -> None:
    """Else a member whose first sale is in that batch would keep scores of the old cuts."""
    hear(service, *[sale(member(n), receipt((n, i))) for n in range(1, 6) for i in range(n)])
    sweep(service, DAY)
    later = DAY + timedelta(days=1)
    with service.engine.begin() as batch:
        service.consumers[0].handle(batch, [message(sale(member(9), receipt(9)), VIEWS)], lock=False)
        sweeping = threading.Thread(target=sweep, args=(service, later))
        sweeping.start()
        until(lambda: somebody_waits(service.engine), what="the sweep waits for the batch")
    sweeping.join()
    with service.engine.begin() as connection:
        assert fetch(connection, "select distinct as_of from member_scores") == [(later,)]
        assert len(fetch(connection, "select from member_scores")) == 6
