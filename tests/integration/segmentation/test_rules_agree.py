"""One tree, two ways: in SQL over everybody and in memory for one. They agree on any tree, about any member.

The members are made up. With REGULARS_RULES_DATABASE_URL (and REGULARS_RULES_TODAY) they are those of a running
system's segmentation schema, the demo's for instance, of which a sample is judged in memory; nothing is written.
"""

from __future__ import annotations

import os
import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from services.segmentation.bootstrap import build
from services.segmentation.domain.member import Yardsticks
from services.segmentation.domain.membership import Definition
from services.segmentation.domain.rules.evaluation import evaluate
from services.segmentation.domain.rules.parsing import parse_rule
from services.segmentation.domain.rules.reach import Reach
from services.segmentation.read_models.rule_members.query import differing, facts_of, selected, size
from services.segmentation.settings import SegmentationSettings
from shared.contracts.stores import SaleVoided
from shared.database.batch import fetch
from shared.database.engine import connect
from tests.conftest import fresh_database
from tests.support.purchases import bought, consent, registered, returned
from tests.support.rules import RULES, Vocabulary, disagreements
from tests.support.sales import detached, member, message, receipt, sale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from services.segmentation.domain.member import Member
    from shared.contracts.base import IntegrationEvent
    from shared.database.embedded import EmbeddedPostgres
    from shared.runtime.service import Service

TODAY = date(2026, 3, 31)
SAMPLE = 60
URL = os.environ.get("REGULARS_RULES_DATABASE_URL")
WORDS = Vocabulary(
    stores=("31", "367", "nowhere"),
    categories=("tea", "bread", "nothing"),
    products=("p1", "p2", "p3", "p4", "p9"),
)


class World:
    """Not a dataclass: hypothesis would write all of it out beside every failure."""

    def __init__(self, engine: Engine, members: list[Member], words: Vocabulary, today: date) -> None:
        self.engine = engine
        self.members = members
        self.words = words
        self.today = today


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if URL:
        engine = connect(URL, schema="segmentation", pool_size=1)
        yield _look_around(engine, date.fromisoformat(os.environ["REGULARS_RULES_TODAY"]))
        engine.dispose()
        return
    postgres: EmbeddedPostgres = request.getfixturevalue("postgres")
    with fresh_database(postgres) as database:
        moment = f"{TODAY}T12:00:00+00:00"
        service = build(database.settings(SegmentationSettings, business_time=moment))
        _populate(service)
        yield World(service.engine, _facts(service.engine, TODAY, None), WORDS, TODAY)
        service.engine.dispose()


def _populate(service: Service) -> None:
    rng = random.Random(20)  # noqa: S311 - a made-up chain
    sales: list[IntegrationEvent] = []
    people: list[IntegrationEvent] = []
    for n in range(80):
        who = member(n)
        if n % 7:
            home = rng.choice([None, "31", "367"])
            people.append(registered(who, day=TODAY - timedelta(days=rng.randrange(600)), store=home))
        agreed = [channel for channel in ("email", "sms") if rng.random() < 0.5]
        people += [consent(who, given=rng.random() < 0.7, channel=channel) for channel in agreed]
        last = rng.choice([0, 5, 20, 50, 100, 200, 380])
        for i in range(rng.choice([0, 1, 1, 2, 5, 12])):
            sales += _receipt(rng, who, (n, i), TODAY - timedelta(days=last + rng.choice([0, 1, 2, 20, 190, 300]) * i))
    for consumer, events in zip(service.consumers[:2], (sales, people), strict=True):
        rng.shuffle(events)
        with service.engine.begin() as connection:
            consumer.handle(connection, [message(event, consumer.views) for event in events], lock=False)
    service.jobs[0].run(TODAY)


def _receipt(rng: random.Random, who: Any, name: object, day: date) -> Iterator[IntegrationEvent]:
    items = [
        (rng.choice(["p1", "p2", "p3", "p4"]), rng.choice([None, "tea", "bread"]), rng.choice([0, 1, 500, 999]))
        for _ in range(rng.randint(1, 4))
    ]
    which, store, total = receipt(name), rng.choice(["31", "367"]), sum(amount for _, _, amount in items)
    yield bought(who, which, items, day=day, store=store)
    change = rng.random()
    if change < 0.3:
        back = {1: items[0][2] // rng.choice([1, 2])}
        yield returned(who, which, back, version=2, net=total - back[1], day=day, store=store)
    elif change < 0.4:
        yield detached(who, which, version=2)
    elif change < 0.5:
        yield sale(who, which, version=2, net=0, day=day, standing="voided", kind=SaleVoided)
    elif change < 0.6:
        yield bought(who, which, items, day=day, store=store, version=3, came_back={1: items[0][2]})


def _look_around(engine: Engine, today: date) -> World:
    def some(connection: Any, sql: str) -> tuple[str, ...]:
        return tuple(str(value) for (value,) in fetch(connection, sql) if value is not None)

    with engine.begin() as connection:
        sample = [who for (who,) in fetch(connection, f"select customer_id from members order by 1 limit {SAMPLE}")]
        lines = "from purchases p, unnest(products, categories) i(product, category) group by 1 order by count(*) desc"
        words = Vocabulary(
            some(connection, "select store_id from purchases group by 1 order by count(*) desc limit 20"),
            some(connection, f"select category {lines} limit 20"),
            some(connection, f"select product {lines} limit 20"),
        )
    return World(engine, _facts(engine, today, sample), words, today)


def _facts(engine: Engine, today: date, sample: list[Any] | None) -> list[Member]:
    with engine.begin() as connection:
        these = sample or [who for (who,) in fetch(connection, "select customer_id from members")]
        return facts_of(connection, these, Reach(400, items=True, profile=True), Yardsticks(), today)


def test_the_made_up_world_has_everybody_in_it(world: World) -> None:
    stages = {found.stage(Yardsticks(), world.today) for found in world.members}
    classes = {found.rfm_class(Yardsticks()) for found in world.members}
    assert len(stages) >= 5
    assert len(classes) >= 5


@settings(max_examples=500, suppress_health_check=list(HealthCheck))
@given(document=RULES)
def test_sql_and_memory_agree(world: World, document: dict[str, Any]) -> None:
    document = world.words.say(document)
    with world.engine.begin() as connection:
        assert disagreements(connection, document, world.members, Yardsticks(), world.today) == set()


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(document=RULES)
def test_a_page_and_a_size_say_what_the_whole_says(world: World, document: dict[str, Any]) -> None:
    rule = parse_rule(world.words.say(document))
    definition = Definition("nobody-is-in-it-yet", 1, rule)
    page = [found.customer_id for found in world.members]
    with world.engine.begin() as connection:
        everybody = selected(connection, rule, Yardsticks(), world.today)
        found = differing(connection, page, [definition], Yardsticks(), world.today, named=False)
        assert set(found) == everybody & set(page)
        assert size(connection, rule, Yardsticks(), world.today)[0] == len(everybody)


def test_a_window_begins_and_ends_on_the_same_day_both_ways(world: World) -> None:
    """At every age that a purchase has, and a day off; beside a longer window, which reads more than this counts."""
    ages = {(world.today - bought.day).days for found in world.members for bought in found.purchases}
    longer = {"kind": "purchases", "measure": "receipts", "window_days": 400, "min": 0}
    assert len(ages) > 5
    for days in sorted({age + off for age in ages for off in (0, 1)} & set(range(1, 401)))[:60]:
        node = {"kind": "purchases", "measure": "receipts", "window_days": days, "min": 1}
        with world.engine.begin() as connection:
            rule = {"kind": "all", "of": [node, longer]}
            assert disagreements(connection, rule, world.members, Yardsticks(), world.today) == set(), days


def test_named_segments_are_kept_as_both_ways_say(world: World) -> None:
    with world.engine.begin() as connection:
        page = [found.customer_id for found in world.members]
        assert differing(connection, page, [], Yardsticks(), world.today, named=True) == []
        kept = dict(
            fetch(
                connection, "select customer_id, segment from memberships where inside and segment like 'lifecycle.%'"
            )
        )
    said = {found.customer_id: found.stage(Yardsticks(), world.today) for found in world.members}
    assert {who: f"lifecycle.{stage}" for who, stage in said.items() if stage} == {
        who: kept[who] for who in said if who in kept
    }


@pytest.mark.skipif(bool(URL), reason="a running system may know something of everybody; the made-up world does not")
def test_what_is_not_known_is_false_and_its_opposite_true(world: World) -> None:
    unknown = {"kind": "registered", "min": 0}
    without = [found for found in world.members if found.registered_on is None]
    assert without
    for found in without:
        assert not evaluate(parse_rule(unknown), found, Yardsticks(), world.today).holds
        assert evaluate(parse_rule({"kind": "not", "of": unknown}), found, Yardsticks(), world.today).holds
