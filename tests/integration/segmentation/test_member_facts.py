"""Facts follow from sales: the same rows for any order, any repetition, any batches."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.segmentation.read_models.member_facts.projection import VIEWS
from shared.contracts.stores import SaleAttributed, SaleRecorded, SaleReturned, SaleVoided
from shared.database.batch import fetch, run
from tests.support.sales import DAY, detached, member, message, receipt, sale

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.contracts.base import IntegrationEvent
    from shared.runtime.service import Service

Rows = list[tuple[Any, ...]]


def hear(service: Service, *batches: Sequence[IntegrationEvent]) -> None:
    consumer = service.consumers[0]
    for batch in batches:
        with service.engine.begin() as connection:
            consumer.handle(connection, [message(event, VIEWS) for event in batch], lock=False)


def tables(connection: Connection) -> tuple[Rows, Rows]:
    return (
        fetch(
            connection,
            "select customer_id, receipt_id, version, business_date, net_minor, counted from purchases order by 1, 2",
        ),
        fetch(connection, "select * from member_facts order by 1"),
    )


def facts(service: Service, who: UUID) -> tuple[Any, ...] | None:
    with service.engine.begin() as connection:
        rows = fetch(
            connection,
            "select last_business_date, receipts, sales_minor from member_facts where customer_id = %(c)s",
            {"c": who},
        )
    return rows[0] if rows else None


def test_a_sale_of_nobody_leaves_no_trace(service: Service) -> None:
    hear(service, [sale(None, receipt(1))])
    with service.engine.begin() as connection:
        assert tables(connection) == ([], [])


def test_receipts_of_total_zero_count_and_those_that_came_back_whole_do_not(service: Service) -> None:
    a, later = member("a"), DAY + timedelta(days=3)
    hear(
        service,
        [
            sale(a, receipt(1), net=500),
            sale(a, receipt(2), net=0),
            sale(a, receipt(3), net=0, standing="returned", day=later),
            sale(a, receipt(4), net=0, standing="voided", day=later),
        ],
    )
    assert facts(service, a) == (DAY, 2, 500)


def test_a_return_takes_back_money_and_a_void_the_receipt_and_its_day(service: Service) -> None:
    a, later = member("a"), DAY + timedelta(days=3)
    hear(service, [sale(a, receipt(1), net=500), sale(a, receipt(2), net=700, day=later)])
    hear(service, [sale(a, receipt(1), net=200, version=2)])
    assert facts(service, a) == (later, 2, 900)
    hear(service, [sale(a, receipt(2), net=0, version=2, day=later, standing="voided", kind=SaleVoided)])
    assert facts(service, a) == (DAY, 1, 200)
    hear(service, [sale(a, receipt(1), net=0, version=3, standing="returned"), sale(a, receipt(3), net=1)])
    assert facts(service, a) == (DAY, 1, 1)


def test_a_receipt_moves_from_one_member_to_another_and_back(service: Service) -> None:
    a, b = member("a"), member("b")
    first = [sale(a, receipt(1), net=500)]
    moved = [detached(a, receipt(1), version=2), sale(b, receipt(1), net=500, version=3, kind=SaleAttributed)]
    back = [detached(b, receipt(1), version=4), sale(a, receipt(1), net=500, version=5, kind=SaleAttributed)]
    hear(service, first, moved)
    assert (facts(service, a), facts(service, b)) == ((None, 0, 0), (DAY, 1, 500))
    hear(service, back)
    assert (facts(service, a), facts(service, b)) == ((DAY, 1, 500), (None, 0, 0))


def test_a_version_that_is_not_newer_changes_nothing(service: Service) -> None:
    a = member("a")
    hear(service, [sale(a, receipt(1), net=200, version=2)], [sale(a, receipt(1), net=500, version=1)])
    hear(service, [sale(a, receipt(1), net=900, version=2)])
    assert facts(service, a) == (DAY, 1, 200)


# A world of few members and receipts, so that they meet often; each receipt has one history of versions.
_KINDS = st.sampled_from(["kept", "less", "returned", "voided", "moved", "anonymous"])
_HISTORIES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 5), st.lists(_KINDS, max_size=4)),
    min_size=1,
    max_size=6,
)


def _events(histories: Iterable[tuple[int, int, list[str]]]) -> list[IntegrationEvent]:
    events: list[IntegrationEvent] = []
    for n, (first_owner, day, changes) in enumerate(histories):
        owner, version, net, date = first_owner, 1, 1000 + n, DAY + timedelta(days=day)
        events.append(sale(member(owner), receipt(n), net=net, day=date))
        for change in changes:
            version += 1
            if change == "moved":
                events.append(detached(member(owner), receipt(n), version=version))
                owner, version = (owner + 1) % 3, version + 1
                events.append(
                    sale(member(owner), receipt(n), version=version, net=net, day=date, kind=SaleAttributed),
                )
            elif change == "anonymous":
                events.append(sale(None, receipt(n), version=version, net=net, day=date))
            elif change in {"returned", "voided"}:
                events.append(sale(member(owner), receipt(n), version=version, net=0, standing=change, day=date))
            else:
                net = net if change == "kept" else net // 2
                events.append(sale(member(owner), receipt(n), version=version, net=net, day=date))
    return events


def _expected(events: Iterable[IntegrationEvent]) -> tuple[Rows, Rows]:
    """The definition: per customer and receipt the newest version; sums over those that count."""
    newest: dict[tuple[UUID, UUID], Any] = {}
    for event in events:
        heard: Any = event
        if heard.customer_id is None:
            continue
        key = (heard.customer_id, heard.receipt_id)
        if key not in newest or newest[key].receipt_version < heard.receipt_version:
            newest[key] = heard
    purchases: Rows = []
    counted: dict[UUID, list[Any]] = defaultdict(list)
    for (who, which), event in sorted(newest.items()):
        counts = event.standing == "kept" and "detached" not in event.type
        purchases.append((who, which, event.receipt_version, event.business_date, event.net_minor, counts))
        counted[who] += [event] if counts else []
    sums = [
        (who, max((e.business_date for e in kept), default=None), len(kept), sum(e.net_minor for e in kept))
        for who, kept in sorted(counted.items())
    ]
    return purchases, sums


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_HISTORIES, st.data())
def test_any_order_repetition_and_batching_give_equal_rows(
    service: Service,
    histories: list[tuple[int, int, list[str]]],
    data: st.DataObject,
) -> None:
    events = _events(histories)
    told = data.draw(st.permutations(events)) + data.draw(st.lists(st.sampled_from(events), max_size=5))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(told)), max_size=4)))
    batches = [told[start:end] for start, end in zip([0, *cuts], [*cuts, len(told)], strict=True)]
    with service.engine.begin() as connection:
        run(connection, "delete from purchases; delete from member_facts")
    hear(service, *batches)
    with service.engine.begin() as connection:
        assert tables(connection) == _expected(events)


def test_every_kind_of_sale_event_is_heard() -> None:
    assert {SaleRecorded.type, SaleAttributed.type, SaleReturned.type, SaleVoided.type} < VIEWS.keys()
