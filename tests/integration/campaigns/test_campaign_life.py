"""A campaign over HTTP, from its draft to its end, and what others hear of it."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from shared.contracts import campaigns as told
from tests.integration.campaigns.conftest import draft, members
from tests.support.sales import NOON

if TYPE_CHECKING:
    from tests.integration.campaigns.conftest import Campaigns


def test_from_its_draft_to_its_end(campaigns: Campaigns) -> None:
    campaigns.joins(*members(20), segment="cooling")
    id_ = campaigns.drafted()
    assert campaigns.campaign(id_)["status"] == "draft"
    ann, chef = campaigns.by("marketer", "ann"), campaigns.by("approver", "chef")
    assert ann.post(f"/campaigns/{id_}/submission").json()["status"] == "submitted"
    returned = chef.post(f"/campaigns/{id_}/return", json={"reason": "one week is enough"})
    assert returned.json()["status"] == "returned"
    revised = ann.put(f"/campaigns/{id_}", json=draft(days=7), headers={"If-Match": '"1"'})
    assert (revised.json()["status"], revised.json()["version"]) == ("draft", 2)
    ann.post(f"/campaigns/{id_}/submission").raise_for_status()
    approved = chef.post(f"/campaigns/{id_}/approval", json={"version": 2}).json()
    assert (approved["status"], approved["approved_version"]) == ("approved", 2)
    assert approved["next_actions"] == ["revise", "schedule", "start", "stop"]
    begins = NOON + timedelta(hours=20)
    scheduled = ann.post(f"/campaigns/{id_}/schedule", json={"starts_at": begins.isoformat()}).json()
    assert scheduled["status"] == "scheduled"

    campaigns.time_passes(hours=19)
    assert campaigns.campaign(id_)["status"] == "scheduled"
    campaigns.time_passes(hours=1)
    assert campaigns.campaign(id_)["status"] == "running"
    [started] = campaigns.told(told.CampaignStarted)
    assert (started.campaign_id, started.campaign_version, started.code) == (id_, 2, "win-back")
    assert (started.starts_at, started.ends_at) == (begins, begins + timedelta(days=7))
    assert started.assigned == 20

    ann = campaigns.by("marketer", "ann")
    assert ann.post(f"/campaigns/{id_}/pause").json()["status"] == "paused"
    assert ann.post(f"/campaigns/{id_}/resume").json()["status"] == "running"
    campaigns.time_passes(days=7)
    over = campaigns.campaign(id_)
    assert (over["status"], over["end_reason"], over["next_actions"]) == ("ended", "ended", [])
    assert [type(event) for event in campaigns.told() if isinstance(event, told.CampaignFact)] == [
        told.CampaignStarted,
        told.CampaignPaused,
        told.CampaignResumed,
        told.CampaignEnded,
    ]
    assert [(entry["did"], entry["by"].rpartition("|")[2], entry["version"]) for entry in over["history"][:6]] == [
        ("campaign_drafted", "ann", 1),
        ("campaign_submitted", "ann", 1),
        ("campaign_returned", "chef", 1),
        ("campaign_revised", "ann", 2),
        ("campaign_submitted", "ann", 2),
        ("campaign_approved", "chef", 2),
    ]
    assert over["history"][2]["note"] == "one week is enough"


def test_what_nobody_began_is_told_to_nobody(campaigns: Campaigns) -> None:
    id_ = campaigns.approved()
    stopped = campaigns.http.post(f"/campaigns/{id_}/stop", json={"reason": "no stock"}).json()
    assert (stopped["status"], stopped["end_reason"], stopped["history"][-1]["note"]) == (
        "ended",
        "stopped",
        "no stock",
    )
    assert campaigns.told() == []


def test_a_code_is_used_once_and_the_same_request_gets_the_same_answer(campaigns: Campaigns) -> None:
    key = {"Idempotency-Key": "k1"}
    first = campaigns.http.post("/campaigns", json=draft(), headers=key)
    again = campaigns.http.post("/campaigns", json=draft(), headers=key)
    assert (first.status_code, first.json()) == (201, again.json())
    taken = campaigns.http.post("/campaigns", json=draft(days=3))
    assert (taken.status_code, taken.json()["code"]) == (409, "campaign_code_taken")


def test_refusals_over_http(campaigns: Campaigns) -> None:
    unknown = campaigns.http.get(f"/campaigns/{uuid4()}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "campaign_not_found")
    assert campaigns.http.post(f"/campaigns/{uuid4()}/start").status_code == 404
    assert campaigns.http.post(f"/campaigns/{uuid4()}/approval").status_code == 404
    id_ = campaigns.drafted()
    early = campaigns.http.post(f"/campaigns/{id_}/start")
    assert (early.status_code, early.json()["code"]) == (409, "campaign_status")
    assert early.json()["next_actions"] == ["revise", "submit", "stop"]
    stale = campaigns.http.put(f"/campaigns/{id_}", json=draft(days=2), headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (409, "campaign_version_changed")
    odd = campaigns.http.put(f"/campaigns/{id_}", json=draft(), headers={"If-Match": "abc"})
    assert odd.status_code == 422
    wrong = campaigns.http.post("/campaigns", json=draft(code="x", hold_out_percent=51))
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "hold_out_percent")


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("marketer", "approval", 403),
        ("approver", "submission", 403),
        ("approver", "start", 403),
        ("auditor", "stop", 403),
        ("clerk", "pause", 403),
    ],
)
def test_who_may_not(campaigns: Campaigns, role: str, path: str, status: int) -> None:
    id_ = campaigns.drafted()
    scope = {"stores": ["31"]} if role == "clerk" else {}
    assert campaigns.by(role, **scope).post(f"/campaigns/{id_}/{path}").status_code == status


def test_a_partner_sees_what_it_shares_and_nothing_else(campaigns: Campaigns) -> None:
    alone = campaigns.drafted()
    for code, ours in (("us", True), ("bakery", False), ("cinema", False)):
        campaigns.http.post(
            "/parties",
            json={"code": code, "name": code, "category": "food", "ours": ours}
            | {"latitude": 31.2, "longitude": 121.4},
        ).raise_for_status()
    joint = {"claim_party": "us", "redeem_party": "bakery", "shares": {"us": "50", "bakery": "50"}}
    shared = campaigns.drafted(code="both", joint=joint)
    partner = campaigns.by("partner", partner="bakery")
    assert [item["campaign_id"] for item in partner.get("/campaigns").json()["items"]] == [str(shared)]
    assert partner.get(f"/campaigns/{shared}").status_code == 200
    assert partner.get(f"/campaigns/{alone}").status_code == 404
    assert campaigns.by("partner", partner="cinema").get(f"/campaigns/{shared}").status_code == 404
    assert partner.post(f"/campaigns/{alone}/stop").status_code == 404
    assert partner.post(f"/campaigns/{shared}/stop").json()["status"] == "ended"


def test_lists_are_sorted_filtered_and_paged(campaigns: Campaigns) -> None:
    ids = {code: campaigns.drafted(code=code, segment=code) for code in ("b", "a", "d", "c")}
    campaigns.http.post(f"/campaigns/{ids['a']}/stop").raise_for_status()

    def codes(**asked: object) -> list[str]:
        found, cursor = [], None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = campaigns.http.get("/campaigns", params={"limit": 2, **asked, **more}).raise_for_status().json()
            found += [item["code"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    assert codes(sort="code") == ["a", "b", "c", "d"]
    assert sorted(codes(sort="newest")) == ["a", "b", "c", "d"]
    assert sorted(codes(sort="begins")) == ["a", "b", "c", "d"]
    assert codes(sort="code", status="draft") == ["b", "c", "d"]
    assert codes(segment="d") == ["d"]
    other = campaigns.http.get("/campaigns", params={"limit": 2, "sort": "code"}).json()["next_cursor"]
    assert campaigns.http.get("/campaigns", params={"cursor": other}).status_code == 422
    assert campaigns.http.get("/campaigns", params={"cursor": "rubbish"}).status_code == 422
    for sort, place in (("newest", "tomorrow"), ("begins", "later"), ("code", "\0"), ("code", 7)):
        forged = base64.urlsafe_b64encode(json.dumps([sort, place, str(ids["a"])]).encode()).decode()
        assert campaigns.http.get("/campaigns", params={"cursor": forged, "sort": sort}).status_code == 422, place
