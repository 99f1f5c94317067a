"""What is left of a receipt's lines: the same for any order, any repetition, any batches; and after a rebuild."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.segmentation.domain.member import Item, Yardsticks
from services.segmentation.domain.rules.reach import Reach
from services.segmentation.read_models.member_facts.lines import ITEMS
from services.segmentation.read_models.rule_members.query import facts_of
from shared.contracts.stores import SaleAttributed
from shared.database.batch import fetch, run
from shared.database.migrate import application_role
from shared.messaging.batches import BatchReader
from shared.messaging.message import TopicPartition
from shared.projections.rebuild import rebuild_topic_read_model
from tests.support.purchases import bought, consent, registered, returned
from tests.support.sales import DAY, NOON, erased, member, message, outgoing, receipt

if TYPE_CHECKING:
    from shared.contracts.base import IntegrationEvent
    from shared.runtime.service import Service
    from tests.conftest import Database

MEI = member("mei")
ITEMS_SOLD = [("p1", "tea", 600), ('say "p2"\\', None, 400), ("p,3{}", "null", 0)]


def hear(service: Service, *batches: list[IntegrationEvent]) -> None:
    for batch in batches:
        with service.engine.begin() as connection:
            service.consumers[0].handle(
                connection, [message(event, service.consumers[0].views) for event in batch], lock=False
            )


def left(service: Service) -> list[Item]:
    """What both ways say is left; they say the same."""
    with service.engine.begin() as connection:
        sql = f"select i.product, i.category, i.amount from purchases p, lateral {ITEMS} i"
        by_sql = [Item(*row) for row in fetch(connection, sql)]
        (found,) = facts_of(connection, [MEI], Reach(400, items=True), Yardsticks(), DAY)
    in_memory = [item for purchase in found.purchases for item in purchase.items]
    assert sorted(by_sql, key=str) == sorted(in_memory, key=str)
    return in_memory


def test_lines_of_any_text_and_of_no_amount(service: Service) -> None:
    hear(service, [bought(MEI, receipt(1), ITEMS_SOLD)])
    assert left(service) == [Item(*item) for item in ITEMS_SOLD]


def test_a_return_takes_its_share_and_a_line_that_came_back_is_gone(service: Service) -> None:
    hear(service, [bought(MEI, receipt(1), ITEMS_SOLD)], [returned(MEI, receipt(1), {1: 100}, version=2, net=900)])
    assert left(service)[0] == Item("p1", "tea", 500)
    hear(service, [returned(MEI, receipt(1), {1: 500, 3: 0}, version=3, net=400)])
    assert [item.product for item in left(service)] == ['say "p2"\\', "p,3{}"]


# One receipt's history: returns of this and that, and now and then the whole document as it then stands.
_RETURNS = st.lists(st.tuples(st.integers(1, 2), st.integers(1, 600), st.booleans()), max_size=5)


def _history(drawn: list[tuple[int, int, bool]]) -> tuple[list[IntegrationEvent], list[Item]]:
    back: dict[int, int] = {}
    events: list[IntegrationEvent] = [bought(MEI, receipt(1), ITEMS_SOLD)]
    version, total = 1, 1_000
    for line, asked, document in drawn:
        minor = min(asked, ITEMS_SOLD[line - 1][2] - back.get(line, 0))
        if minor == 0:
            continue
        version += 1
        back[line] = back.get(line, 0) + minor
        net = total - sum(back.values())
        events.append(returned(MEI, receipt(1), {line: minor}, version=version, net=net))
        if document:
            version += 1
            whole = dict(back)
            events.append(bought(MEI, receipt(1), ITEMS_SOLD, version=version, came_back=whole, kind=SaleAttributed))
    expected = [
        Item(product, category, amount - back.get(line, 0))
        for line, (product, category, amount) in enumerate(ITEMS_SOLD, start=1)
        if amount == 0 or back.get(line, 0) < amount
    ]
    return events, expected


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(_RETURNS, st.data())
def test_any_order_repetition_and_batching_give_equal_rows(
    service: Service, drawn: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    events, expected = _history(drawn)
    told = data.draw(st.permutations(events)) + data.draw(st.lists(st.sampled_from(events), max_size=4))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(told)), max_size=4)))
    kept: list[Any] = []
    for batches in ([events], [told[a:b] for a, b in zip([0, *cuts], [*cuts, len(told)], strict=True)]):
        with service.engine.begin() as connection:
            run(connection, "delete from purchases; delete from member_facts; delete from memberships")
        hear(service, *batches)
        assert left(service) == expected
        with service.engine.begin() as connection:
            kept.append(fetch(connection, "select p::text from purchases p"))
    assert kept[0] == kept[1]


_PEOPLE = [
    registered(MEI, store="31"),
    registered(MEI, day=DAY + timedelta(days=1), store="32"),
    consent(MEI, given=True),
    consent(MEI, given=False),
    consent(MEI, given=True, at=NOON - timedelta(days=1)),
    consent(MEI, given=True, channel="sms"),
    consent(member("gone"), given=True),
    erased(member("gone")),
]


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.permutations(_PEOPLE), st.booleans())
def test_profiles_are_the_same_for_any_order(service: Service, order: list[IntegrationEvent], one_by_one: bool) -> None:
    consumer = service.consumers[1]
    with service.engine.begin() as connection:
        tables = "member_profiles", "member_consents", "memberships", "members", "erased_customers"
        for table in tables:
            run(connection, f"delete from {table}")
    for batch in [[event] for event in order] if one_by_one else [order]:
        with service.engine.begin() as connection:
            consumer.handle(connection, [message(event, consumer.views) for event in batch], lock=False)
    with service.engine.begin() as connection:
        assert fetch(connection, "select customer_id, registered_at, home_store from member_profiles") == [
            (MEI, NOON, "31")
        ]
        assert fetch(connection, "select channel, given from member_consents order by 1") == [
            ("email", False),
            ("sms", True),
        ]


def test_a_rebuild_gives_equal_rows_and_changes_no_membership(service: Service, database: Database) -> None:
    event_log = database.log()
    sales = [
        bought(MEI, receipt(1), ITEMS_SOLD),
        returned(MEI, receipt(1), {1: 100}, version=2, net=900),
        bought(member("gone"), receipt(2), ITEMS_SOLD),
    ]
    event_log.publish([outgoing(event) for event in (*sales, *_PEOPLE)])
    for consumer in service.consumers[:2]:
        reader = BatchReader(service.engine, consumer, event_log)
        partitions = [TopicPartition(topic, n) for topic in consumer.topics for n in range(12)]
        reader.handle(event_log.fetch(reader.positions(partitions), 1_000))
    service.jobs[0].run(DAY)

    def everything() -> list[Any]:
        tables = ("purchases", "member_facts", "member_profiles", "member_consents", "memberships", "outbox")
        with service.engine.begin() as connection:
            return [fetch(connection, f"select t::text from {table} t order by 1") for table in tables]

    before = everything()
    assert all(before)
    for model in service.topic_read_models[:2]:
        report = rebuild_topic_read_model(
            database.owner_engine("segmentation"), event_log, model, application_role("segmentation")
        )
        assert report.equal, report
    assert everything() == before
    service.jobs[0].run(DAY)
    assert everything() == before


@pytest.mark.parametrize("product", ["a\x00b", "x" * 65, ""])
def test_a_line_that_no_table_holds_is_found_when_it_is_read(service: Service, product: str) -> None:
    event = outgoing(bought(MEI, receipt(1), [("p1", "tea", 1)]))
    body = event.body.replace(b'"p1"', f'"{product}"'.encode().replace(b"\x00", b"\\u0000"))
    views = service.consumers[0].views
    with pytest.raises(ValueError, match="product"):
        views["stores.sale_recorded.v1"].model_validate_json(body)
