"""What time does to campaigns together: one that fails holds up no other, and one whose uses are all paid ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from prometheus_client import REGISTRY

from shared.contracts.campaigns import CampaignEnded
from shared.contracts.stores import SaleVoided
from shared.database.batch import run
from tests.integration.campaigns.conftest import members
from tests.support.checkouts import document, of_sale, till
from tests.support.sales import NOON, member, receipt

if TYPE_CHECKING:
    from tests.integration.campaigns.conftest import Campaigns

ANN, BOB = member("ann"), member("bob")


def for_everybody(campaigns: Campaigns, **more: Any) -> UUID:
    return campaigns.running(**{"segment": None, "message": None, "hold_out_percent": 0} | more)


def statuses(campaigns: Campaigns) -> dict[UUID, str]:
    return dict(campaigns.rows("select campaign_id, status from campaigns"))


def failures() -> float:
    return REGISTRY.get_sample_value("regulars_sweep_failures_total", {"job": "campaigns.sweep"}) or 0.0


def test_a_campaign_that_cannot_go_on_holds_up_no_other(campaigns: Campaigns) -> None:
    campaigns.joins(*members(3), segment="cooling")
    begun = [campaigns.approved(code=code) for code in ("a", "b", "c")]
    for id_ in begun:
        campaigns.by("marketer", "ann").post(f"/campaigns/{id_}/start").raise_for_status()
    broken = min(begun)
    with campaigns.database.superuser().begin() as connection:
        run(
            connection,
            "update campaigns.stream_state set state = '{\"status\": 7}' where stream_id = %(id)s",
            {"id": str(broken)},
        )
    before = failures()
    campaigns.sweep()
    assert statuses(campaigns) == {id_: "starting" if id_ == broken else "running" for id_ in begun}
    assert failures() == before + 1


def test_a_campaign_whose_uses_are_all_paid_ends(campaigns: Campaigns) -> None:
    id_ = for_everybody(campaigns, code="two", budget={"uses": 2, "currency": "USD"})
    at = till(campaigns)
    at.reserve("c1", ANN)
    at.reserve("c2", BOB)
    at.ends("c1", "confirmation").raise_for_status()
    campaigns.sweep()
    assert statuses(campaigns) == {id_: "running"}, "what is only reserved may come back"
    at.ends("c2", "confirmation").raise_for_status()
    campaigns.sweep()
    assert campaigns.campaign(id_)["end_reason"] == "budget_used_up"
    assert [ended.reason for ended in campaigns.told(CampaignEnded)] == ["budget_used_up"]
    late = receipt("late")
    campaigns.hears(document("c1", ANN, late), of_sale(SaleVoided, ANN, late, version=2, voided_at=NOON))
    campaigns.sweep()
    assert statuses(campaigns) == {id_: "ended"}
    assert campaigns.complaints() == set()


def test_a_campaign_of_which_only_the_money_is_limited_ends_when_it_is_paid_out(campaigns: Campaigns) -> None:
    offer = {"kind": "amount", "amount_minor": 500}
    id_ = for_everybody(campaigns, code="money", budget={"money_minor": 1_000, "currency": "USD"}, offer=offer)
    at = till(campaigns)
    at.reserve("c1", ANN)
    at.ends("c1", "confirmation").raise_for_status()
    campaigns.sweep()
    assert statuses(campaigns) == {id_: "running"}
    at.reserve("c2", ANN)
    assert [no["code"] for no in at.quote(ANN)["why_not"]] == ["money_used_up"]
    at.ends("c2", "confirmation").raise_for_status()
    campaigns.sweep()
    assert campaigns.campaign(id_)["end_reason"] == "budget_used_up"


def test_a_member_or_a_store_that_has_had_its_share_ends_nothing(campaigns: Campaigns) -> None:
    id_ = for_everybody(campaigns, code="each", budget={"uses_per_member": 1, "uses_per_store": 1, "currency": "USD"})
    at = till(campaigns)
    at.reserve("c1", ANN)
    at.ends("c1", "confirmation").raise_for_status()
    campaigns.sweep()
    assert statuses(campaigns) == {id_: "running"}
