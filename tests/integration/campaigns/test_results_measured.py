"""Results: assigned against assigned, by an example that can be checked by hand; what is heard; what is forgotten."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.campaigns.application.translation import request_id_of
from services.campaigns.domain.experiment.comparison import ArmSum, compare
from shared.contracts import notifications as heard
from shared.contracts.stores import (
    SaleAttributed,
    SaleDetached,
    SaleRecorded,
    SaleReturned,
    SaleVoided,
    StoreRegistered,
)
from shared.database.batch import fetch, run
from shared.database.migrate import application_role
from shared.kernel.ids import derived_id
from shared.projections.rebuild import rebuild_projection, rebuild_topic_read_model
from tests.integration.campaigns.conftest import complaint, consent, entered, gone, members
from tests.support.checkouts import till
from tests.support.sales import DAY, NOON, message

if TYPE_CHECKING:
    from shared.contracts.base import IntegrationEvent
    from tests.integration.campaigns.conftest import Campaigns

TOPIC_TABLES = {
    "segments": ("segment_members",),
    "members": ("registered_members", "member_consents", "member_complaints"),
    "sales": ("member_sales",),
    "messages": ("message_outcomes",),
    "store_registry": ("store_registry",),
}


def bought(who: UUID | None, which: object, net: int, **more: Any) -> IntegrationEvent:
    """A sale an hour after noon."""
    kind = more.pop("kind", SaleRecorded)
    facts: dict[str, Any] = {
        "receipt_id": derived_id("receipt", which),
        "receipt_version": 1,
        "customer_id": who,
        "store_id": "31",
        "business_date": DAY,
        "occurred_at": NOON + timedelta(hours=1),
        "currency": "USD",
        "total_minor": max(net, 1),
        "net_minor": net,
        "standing": "kept",
    }
    if issubclass(kind, SaleRecorded | SaleAttributed):
        facts |= {"till_id": "1", "number": "1", "lines": ()}
    event: IntegrationEvent = kind(**facts | more)
    return event


def outcome(kind: type[Any], id_: UUID, who: UUID, **more: Any) -> IntegrationEvent:
    facts = {"purpose": "marketing", "template": "win-back", "campaign_id": id_, "occurred_at": NOON}
    made: IntegrationEvent = kind(message_id=request_id_of(id_, who), customer_id=who, **facts | more)
    return made


def test_the_example_by_hand(campaigns: Campaigns) -> None:
    """40 treated and 40 or so held out; the treated buy for 10.00, half of them twice, the held out for 5.00."""
    everybody = members(80)
    campaigns.joins(*everybody, segment="cooling")
    id_ = campaigns.running(hold_out_percent=50)
    arms = campaigns.arms(id_)
    treated = [member for member in everybody if arms[member] == "treated"]
    held_out = [member for member in everybody if arms[member] == "held_out"]
    assert min(len(treated), len(held_out)) >= 30
    before = NOON - timedelta(seconds=1)
    sales = [bought(member, ("first", member), 1000) for member in treated]
    tomorrow = {"business_date": DAY + timedelta(days=1), "occurred_at": NOON + timedelta(days=1)}
    sales += [bought(member, ("second", member), 1000, **tomorrow) for member in treated[::2]]
    sales += [bought(member, ("same visit", member), 0) for member in treated]
    sales += [bought(member, ("first", member), 500) for member in held_out]
    sales += [bought(member, ("before it began", member), 9999, occurred_at=before) for member in held_out]
    campaigns.hears(*sales)
    campaigns.at(NOON + timedelta(days=2))

    result = campaigns.http.get(f"/campaigns/{id_}/result").raise_for_status().json()
    assert (result["assigned"], result["treated"], result["held_out"]) == (80, len(treated), len(held_out))
    [sold] = result["sales"]
    twice = len(treated[::2])
    sums = ArmSum(len(treated), 1000 * (len(treated) + twice), 1000**2 * (len(treated) - twice) + 2000**2 * twice)
    expected = compare(sums, ArmSum(len(held_out), 500 * len(held_out), 500**2 * len(held_out)))
    assert (sold["currency"], sold["confidence_percent"], sold["why_not"]) == ("USD", 95, None)
    assert Decimal(sold["treated"]) == round(Decimal(1000 * (len(treated) + twice)) / len(treated), 4)
    assert Decimal(sold["held_out"]) == 500
    assert [Decimal(sold[name]) for name in ("difference", "low", "high")] == [
        expected.difference,
        expected.low,
        expected.high,
    ]
    assert Decimal(result["visits"]["treated"]) == round(Decimal(len(treated) + twice) / len(treated), 4)
    assert Decimal(result["visits"]["held_out"]) == 1
    assert "intention to treat" in result["method"]


def test_returns_voids_moves_and_currencies(campaigns: Campaigns) -> None:
    everybody = members(70)
    campaigns.joins(*everybody, segment="cooling")
    id_ = campaigns.running(hold_out_percent=50)
    arms = campaigns.arms(id_)
    one, other = (next(m for m in everybody if arms[m] == arm) for arm in ("treated", "held_out"))
    back = {"kind": SaleReturned, "receipt_version": 2, "return_id": derived_id("return"), "returned_at": NOON}
    back |= {"returned_lines": (), "returned_minor": 300}
    campaigns.hears(
        bought(one, "partly", 1000),
        bought(one, "partly", 700, **back),
        bought(one, "wholly", 1000),
        bought(one, "wholly", 0, **back, standing="returned"),
        bought(one, "void", 1000),
        bought(one, "void", 0, kind=SaleVoided, receipt_version=2, standing="voided", voided_at=NOON),
        bought(one, "moved", 1000),
        bought(one, "moved", 0, kind=SaleDetached, receipt_version=2),
        bought(other, "moved", 1000, kind=SaleAttributed, receipt_version=2),
        bought(other, "euro", 400, currency="EUR", store_id="32"),
        bought(None, "nobody", 5000),
    )
    campaigns.at(NOON + timedelta(days=1))
    result = campaigns.http.get(f"/campaigns/{id_}/result").json()
    per = {arm: list(arms.values()).count(arm) for arm in ("treated", "held_out")}
    means = {sold["currency"]: (Decimal(sold["treated"]), Decimal(sold["held_out"])) for sold in result["sales"]}
    assert means == {
        "EUR": (0, round(Decimal(400) / per["held_out"], 4)),
        "USD": (round(Decimal(700) / per["treated"], 4), round(Decimal(1000) / per["held_out"], 4)),
    }
    assert Decimal(result["visits"]["held_out"]) == round(Decimal(2) / per["held_out"], 4)


def test_discounts_of_several_currencies_are_never_added_up(campaigns: Campaigns) -> None:
    id_ = campaigns.running(
        code="fifth",
        segment=None,
        message=None,
        hold_out_percent=0,
        budget={},
        offer={"kind": "percent", "percent": "20"},
    )
    at = till(campaigns)
    for checkout, currency in (("c1", "USD"), ("c2", "CNY"), ("c3", "CNY")):
        at.reserve(checkout, members(1)[0], currency=currency)
        at.ends(checkout, "confirmation").raise_for_status()
    found = campaigns.http.get(f"/campaigns/{id_}/result").raise_for_status().json()["redemptions"]
    assert (found["uses"], found["members"]) == (3, 1)
    assert found["discounts"] == [
        {"currency": "CNY", "discount_minor": 800, "returned_minor": 0},
        {"currency": "USD", "discount_minor": 400, "returned_minor": 0},
    ]


def test_too_few_members_say_so(campaigns: Campaigns) -> None:
    some = members(20)
    campaigns.joins(*some, segment="cooling")
    id_ = campaigns.running()
    campaigns.hears(*[bought(member, member, 1000) for member in some])
    campaigns.at(NOON + timedelta(days=1))
    result = campaigns.http.get(f"/campaigns/{id_}/result").json()
    assert result["sales"][0]["low"] is None
    assert "not enough data yet" in result["sales"][0]["why_not"]
    draft = campaigns.drafted(code="other")
    nothing = campaigns.http.get(f"/campaigns/{draft}/result").json()
    assert (nothing["since"], nothing["sales"], nothing["visits"]) == (None, [], None)


def test_messages_by_what_became_of_them(campaigns: Campaigns) -> None:
    some = members(6)
    campaigns.joins(*some, segment="cooling")
    id_ = campaigns.running(hold_out_percent=0)
    later = {"rule": "quiet_hours", "detail": "until 08:00", "until": NOON}
    capped = {"rule": "frequency_cap", "detail": "3 in 7 days"}
    unknown = {"channel": "email", "detail": "timeout"}
    told = [outcome(heard.MessagePlanned, id_, who) for who in some]
    told += [outcome(heard.MessageDeferred, id_, who, **later) for who in some[:3]]
    told += [outcome(heard.MessageSent, id_, some[0], channel="email")]
    told += [outcome(heard.MessageSuppressed, id_, some[1], **capped)]
    told += [
        outcome(heard.MessageUnknown, id_, some[3], **unknown),
        outcome(heard.MessageUnknown, id_, some[4], **unknown),
    ]
    told += [outcome(heard.MessageFailed, id_, some[4], **unknown)]
    random.Random(3).shuffle(told)  # noqa: S311 - the same disorder each time
    for event in told:
        campaigns.hears(event)
    assert campaigns.http.get(f"/campaigns/{id_}/result").json()["messages"] == {
        "requested": 6,
        "planned": 1,
        "deferred": 1,
        "sent": 1,
        "suppressed": {"frequency_cap": 1},
        "failed": 1,
        "unknown": 1,
    }


@pytest.fixture
def busy(campaigns: Campaigns) -> Campaigns:
    """A service that has heard of everything."""
    some = members(40)
    campaigns.joins(*some, segment="cooling")
    campaigns.hears(complaint(some[0], derived_id("c", 0)), consent(some[1], given=False, at=NOON + timedelta(hours=1)))
    campaigns.http.post("/global-hold-out", json={"percent": 20}).raise_for_status()
    id_ = campaigns.running(hold_out_percent=30)
    later = {"rule": "quiet_hours", "detail": "until 08:00", "until": NOON}
    campaigns.hears(
        StoreRegistered(store_id="31", time_zone="Asia/Shanghai", currency="CNY", region="east"),
        *[bought(who, who, 100 * n) for n, who in enumerate(some)],
        *[outcome(heard.MessageDeferred, id_, who, **later) for who in some[:20]],
        *[outcome(heard.MessageSent, id_, who, channel="email") for who in some[:10]],
        entered(some[2], version=2, left=True),
        gone(some[3]),
        bought(some[3], "too late", 100),
        entered(some[3], version=5),
    )
    return campaigns


def test_nothing_of_the_erased_is_left_or_comes_back(busy: Campaigns) -> None:
    erased = members(40)[3]
    busy.hears(consent(erased, at=NOON + timedelta(days=1)))
    tables = [table for tables in TOPIC_TABLES.values() for table in tables if table != "store_registry"]
    for table in (*tables, "arms", "excluded_members"):
        found = busy.rows(f"select customer_id from {table}")
        assert found, table
        assert (erased,) not in found, table


@pytest.mark.parametrize("name", TOPIC_TABLES)
def test_rows_are_equal_in_any_order_and_a_rebuild_finds_them(busy: Campaigns, name: str) -> None:
    model = next(model for model in busy.service.topic_read_models if model.name == name)
    owner = busy.database.owner_engine("campaigns")
    report = rebuild_topic_read_model(owner, busy.log, model, application_role("campaigns"))
    assert report.equal, report
    assert all(table.rows for table in report.tables), report
    assert {table.table for table in report.tables} == set(TOPIC_TABLES[name])


def test_sales_and_consents_are_equal_in_any_order(busy: Campaigns) -> None:
    who = members(50)[45]
    moments = [NOON + timedelta(hours=hour) for hour in range(6)]
    told: list[IntegrationEvent] = [consent(who, given=bool(n % 2), at=at) for n, at in enumerate(moments)]
    told += [consent(who, given=True, at=moments[2])]
    told += [bought(who, "r", 100 * n, receipt_version=n, kind=SaleAttributed) for n in range(1, 5)]
    told += [complaint(who, derived_id("c", 9), closed=closed) for closed in (False, True, False)]
    found = set()
    for seed in range(12):
        shuffled = random.Random(seed).sample(told, len(told))  # noqa: S311 - the same orders each time
        with busy.service.engine.connect() as connection:
            for table in ("member_consents", "member_sales", "member_complaints"):
                run(connection, f"delete from {table}")
            for event in shuffled:
                for model in busy.service.topic_read_models:
                    if model.name in {"members", "sales"} and event.type in model.consumer.views:
                        tables = {table.name: table.name for table in model.tables}
                        model.project(connection, tables, [message(event, model.consumer.views)])
            found.add(
                tuple(
                    str(fetch(connection, f"select to_jsonb(t) from {table} t order by t"))
                    for table in ("member_consents", "member_sales", "member_complaints")
                ),
            )
            connection.rollback()
    assert len(found) == 1


@pytest.mark.parametrize("name", ["campaigns", "arms", "excluded_members"])
def test_a_rebuild_of_our_own_events_finds_what_stands(busy: Campaigns, name: str) -> None:
    projection = next(p for p in busy.service.handler.projections if p.name == name)
    store, owner = busy.service.handler.store, busy.database.owner_engine("campaigns")
    report = rebuild_projection(owner, store, projection, application_role("campaigns"))
    assert report.equal, report
    assert report.tables[0].rows > 0


def test_the_auditor_finds_nothing_wrong_and_what_is(busy: Campaigns) -> None:
    def complaints() -> set[str]:
        assert busy.service.audit is not None
        with busy.service.engine.begin() as connection:
            return {finding.check for finding in busy.service.audit(connection) if not finding.ok}

    assert complaints() == set()
    treated, erased = members(40)[7], members(40)[3]
    with busy.database.superuser().begin() as connection:
        run(connection, "set search_path = campaigns")
        run(
            connection,
            "insert into member_sales select %(who)s, receipt_id, 1, now(), business_date, store_id, 1, 'USD',"
            " true from member_sales limit 1",
            {"who": erased},
        )
        run(connection, "delete from arms where customer_id = %(who)s", {"who": treated})
        run(connection, "alter table events disable trigger all")
        run(
            connection,
            'update events set data = (data::jsonb || \'{"by": "regulars|ann"}\')::json'
            " where type = 'campaign_approved'",
        )
        run(connection, "alter table events enable trigger all")
    assert complaints() == {
        "another person approved",
        "arms are as they were assigned",
        "nothing of the erased is left",
    }
