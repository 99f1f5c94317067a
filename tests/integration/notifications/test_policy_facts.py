"""What others tell decides what is sent: consents, complaints, arms, campaigns, stores, erasures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.contracts.campaigns import ArmAssigned, CampaignEnded, CampaignPaused, CampaignResumed, CampaignStarted
from shared.contracts.customers import ComplaintClosed, ComplaintOpened, ConsentWithdrawn, CustomerErased
from shared.contracts.stores import StoreRegistered
from shared.database.migrate import application_role
from shared.kernel.ids import derived_id
from shared.projections.rebuild import rebuild_projection, rebuild_topic_read_model
from tests.integration.notifications.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.notifications.conftest import Shop

CAMPAIGN = derived_id("campaign")


def told(kind: Any, **more: Any) -> Any:
    return kind(campaign_id=CAMPAIGN, campaign_version=1, occurred_at=NOON, **more)


def started() -> Any:
    ends = NOON + timedelta(days=14)
    return told(CampaignStarted, code="c", segment=None, starts_at=NOON, ends_at=ends, assigned=1, held_out=0)


def test_without_consent_nothing_is_sent_and_the_reason_is_told(shop: Shop) -> None:
    message = shop.asks(shop.member("anne", consents=()))
    shop.send()
    assert shop.status(message) == ("suppressed", "consent")
    assert shop.mailbox.received == []
    steps = shop.message(message)["decisions"]
    assert [(step["decision"], step["rule"]) for step in steps] == [
        ("message_planned", None),
        ("message_suppressed", "consent"),
    ]


def test_a_consent_that_only_the_vault_knows_was_withdrawn_is_respected(shop: Shop) -> None:
    """Our own copy is behind: the vault has the last word."""
    anne = shop.member("anne")
    message = shop.asks(anne)
    withdrawn = {"purpose": "marketing", "channel": "email"}
    shop.passes(minutes=1)
    shop.vault_http.post(f"/customers/{anne}/consents/withdrawals", json=withdrawn).raise_for_status()
    shop.passes(minutes=1)
    shop.send()
    assert shop.status(message) == ("suppressed", "consent")
    assert shop.mailbox.received == []
    shop.catch_up()
    assert shop.complaints() == set(), "it was begun after the withdrawal, and never sent"


def test_a_complaint_makes_marketing_wait_until_it_is_closed(shop: Shop) -> None:
    anne, complaint = shop.member("anne"), derived_id("complaint")
    shop.hears(ComplaintOpened(customer_id=anne, occurred_at=NOON, complaint_id=complaint, category="service"))
    message = shop.asks(anne)
    shop.send()
    assert shop.status(message) == ("deferred", "complaint_open")
    shop.hears(ComplaintClosed(customer_id=anne, occurred_at=NOON, complaint_id=complaint))
    shop.passes(hours=1)
    shop.send()
    assert shop.status(message) == ("sent", None)
    assert shop.complaints() == set()


def test_whoever_is_held_out_gets_nothing(shop: Shop) -> None:
    anne, ben, cleo = shop.member("anne"), shop.member("ben"), shop.member("cleo")
    arms = [(anne, "global", "held_out"), (ben, str(CAMPAIGN), "held_out"), (cleo, str(CAMPAIGN), "treated")]
    shop.hears(
        started(),
        *(
            ArmAssigned(customer_id=who, experiment=experiment, arm=arm, occurred_at=NOON)  # type: ignore[arg-type]
            for who, experiment, arm in arms
        ),
    )
    messages = [shop.asks(who, campaign_id=CAMPAIGN, experiment=str(CAMPAIGN)) for who in (anne, ben, cleo)]
    shop.send()
    assert [shop.status(message) for message in messages] == [
        ("suppressed", "hold_out"),
        ("suppressed", "hold_out"),
        ("sent", None),
    ]
    funnel = shop.http.get(f"/campaigns/{CAMPAIGN}/funnel").json()
    assert (funnel["planned"], funnel["sent"], funnel["suppressed"]) == (3, 1, 2)
    assert funnel["suppressed_by"] == [{"rule": "hold_out", "messages": 2}]


def test_a_paused_campaign_waits_and_a_stopped_one_sends_nothing_more(shop: Shop) -> None:
    anne, ben = shop.member("anne"), shop.member("ben")
    early = shop.asks(anne, "early", campaign_id=CAMPAIGN)
    shop.send()
    assert shop.status(early) == ("planned", None), "nobody heard of the campaign yet"
    shop.hears(started(), told(CampaignPaused))
    shop.send()
    assert shop.status(early) == ("deferred", "campaign_over")
    shop.hears(told(CampaignResumed))
    shop.passes(hours=1)
    shop.send()
    assert shop.status(early) == ("sent", None)
    late = shop.asks(ben, "late", campaign_id=CAMPAIGN)
    shop.hears(told(CampaignEnded, reason="stopped"), told(CampaignResumed))
    shop.send()
    assert shop.status(late) == ("suppressed", "campaign_over")


def test_a_stop_in_the_middle_of_sending_takes_effect_with_the_next_batch(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(send_batch=5, smtp_connections=1)
    members = [shop.member(f"m{n}") for n in range(15)]
    shop.hears(started(), *(shop.request(who, campaign_id=CAMPAIGN) for who in members))
    heard = shop.mailbox.handle_DATA

    async def stop_after_three(server: Any, session: Any, envelope: Any) -> str:
        said: str = await heard(server, session, envelope)
        if len(shop.mailbox.received) == 3:
            shop.hears(told(CampaignEnded, reason="stopped"))
        return said

    shop.mail_server.handler.handle_DATA = stop_after_three  # type: ignore[method-assign]
    shop.send()
    assert len(shop.mailbox.received) == 5
    assert shop.rows("select standing, rule, count(*) from messages group by 1, 2 order by 1") == [
        ("sent", None, 5),
        ("suppressed", "campaign_over", 10),
    ]
    assert shop.complaints() == set()


def test_in_quiet_hours_it_waits_for_the_morning_where_the_member_lives(shop: Shop) -> None:
    shop.hears(StoreRegistered(store_id="32", time_zone="America/New_York", currency="USD"))
    # The night in which New York's clocks skip an hour: eight in the morning is 12:00 UTC, not 13:00.
    shop.at(datetime(2026, 3, 8, 5, tzinfo=UTC))
    here, there = shop.asks(shop.member("anne")), shop.asks(shop.member("ben", home_store="32"))
    shop.send()
    assert shop.message(here)["until"] == "2026-03-08T08:00:00Z"
    assert shop.message(there)["until"] == "2026-03-08T12:00:00Z"
    shop.at(datetime(2026, 3, 8, 11, 59, tzinfo=UTC))
    shop.send()
    assert (shop.status(here)[0], shop.status(there)[0]) == ("sent", "deferred")
    shop.at(datetime(2026, 3, 8, 12, tzinfo=UTC))
    shop.send()
    assert shop.status(there) == ("sent", None)
    assert shop.complaints() == set()


def test_the_erased_get_nothing_and_leave_nothing(shop: Shop) -> None:
    anne = shop.member("anne")
    message = shop.asks(anne)
    gone = CustomerErased(customer_id=anne, occurred_at=NOON)
    shop.hears(gone)
    assert shop.status(message) == ("suppressed", "erased")
    later = shop.asks(anne, 2)
    assert shop.status(later) == ("suppressed", "erased")
    # What comes late brings nothing back.
    shop.hears(ComplaintOpened(customer_id=anne, occurred_at=NOON, complaint_id=later, category="other"), gone)
    shop.send()
    assert shop.mailbox.received == []
    for table in ("contacts", "contact_consents", "contact_complaints", "held_out", "last_purchases"):
        assert shop.rows(f"select count(*) from {table}") == [(0,)], table
    assert shop.complaints() == set()


def test_the_auditor_finds_a_send_without_consent(shop: Shop) -> None:
    anne = shop.member("anne")
    shop.asks(anne)
    shop.send()
    assert shop.complaints() == set()
    shop.hears(
        ConsentWithdrawn(customer_id=anne, occurred_at=NOON - timedelta(days=1), purpose="marketing", channel="email")
    )
    shop.rows("delete from contact_consents where given returning 1")
    assert shop.complaints() == {"no marketing is sent without consent at send time"}


def test_every_read_model_is_rebuilt_to_equal_rows_and_nothing_is_sent(shop: Shop) -> None:
    anne, ben, cleo = (
        shop.member("anne"),
        shop.member("ben"),
        shop.member("cleo", consents=("phone",), phone="13812341234"),
    )
    shop.hears(
        started(),
        ComplaintOpened(customer_id=anne, occurred_at=NOON, complaint_id=anne, category="other"),
    )
    for who in (anne, ben, cleo):
        shop.asks(who, channels=("email", "phone"))
    shop.send()
    shop.hears(CustomerErased(customer_id=ben, occurred_at=NOON))
    sent = len(shop.mailbox.received)
    owner = shop.database.owner_engine("notifications")

    def rows(table: str) -> list[str]:
        return sorted(map(str, shop.rows(f"select * from {table}")))

    for projection in shop.service.handler.projections:
        before = rows(projection.name)
        rebuild_projection(owner, shop.service.handler.store, projection, application_role("notifications"))
        assert rows(projection.name) == before, projection.name
    for model in shop.service.topic_read_models:
        tables = {table.name: rows(table.name) for table in model.tables}
        rebuild_topic_read_model(owner, shop.log, model, application_role("notifications"))
        assert {name: rows(name) for name in tables} == tables, model.name
    shop.send()
    assert len(shop.mailbox.received) == sent
    assert shop.complaints() == set()
