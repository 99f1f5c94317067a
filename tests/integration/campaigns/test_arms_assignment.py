"""Arms at start: among whom, by which rules, once, and the same whatever is killed on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from services.campaigns.application import starting
from services.campaigns.application.translation import request_id_of
from services.campaigns.domain.experiment.arms import arm_of
from shared.contracts.campaigns import ArmAssigned, CampaignEnded, CampaignStarted
from shared.contracts.notifications import SendRequested
from shared.kernel.errors import TransientError
from shared.kernel.failpoints import plan
from shared.kernel.ids import derived_id
from shared.testing.waiting import until
from tests.integration.campaigns.conftest import complaint, consent, entered, gone, members
from tests.support.sales import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.campaigns.conftest import Campaigns


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(starting, "PAGE", 10)
    yield
    plan("")


def test_each_gets_the_arm_that_her_hash_says_and_the_treated_a_request(campaigns: Campaigns) -> None:
    everybody = members(300)
    campaigns.joins(*everybody, segment="cooling")
    id_ = campaigns.running()
    arms = campaigns.arms(id_)
    assert arms == {member: arm_of(str(id_), member, 10) for member in everybody}
    held_out = [member for member, arm in arms.items() if arm == "held_out"]
    assert 10 < len(held_out) < 60
    assert {event.customer_id: event.arm for event in campaigns.told(ArmAssigned)} == arms
    asked = campaigns.told(SendRequested)
    assert {event.customer_id for event in asked} == arms.keys() - set(held_out)
    assert {event.request_id for event in asked} == {request_id_of(id_, event.customer_id) for event in asked}
    one = asked[0]
    assert (one.template, one.channels, one.values, one.purpose) == (
        "win-back",
        ("email",),
        {"percent": "20"},
        "marketing",
    )
    assert (one.campaign_id, one.experiment) == (id_, str(id_))
    assert (one.send_after, one.expires_at) == (NOON, NOON + timedelta(days=14))
    [started] = campaigns.told(CampaignStarted)
    assert (started.assigned, started.held_out) == (300, len(held_out))
    ids = campaigns.rows("select count(*), count(distinct event_id) from outbox")
    assert ids[0][0] == ids[0][1] == 300 + len(asked) + 1


def test_who_may_not_be_contacted_gets_no_arm_and_is_listed_by_rule(campaigns: Campaigns) -> None:
    everybody = members(12)
    silent, other_channel, took_back, angry, settled, left, stranger, erased = everybody[:8]
    fine = everybody[8:]
    campaigns.joins(silent, channels=(), segment="cooling")
    campaigns.joins(other_channel, channels=("sms",), segment="cooling")
    campaigns.joins(took_back, angry, settled, left, erased, *fine, segment="cooling")
    case = derived_id("complaint", 1)
    campaigns.hears(
        consent(took_back, given=False, at=NOON + timedelta(minutes=1)),
        complaint(angry, case),
        complaint(settled, derived_id("complaint", 2)),
        complaint(settled, derived_id("complaint", 2), closed=True),
        entered(left, version=2, left=True),
        entered(stranger),
        gone(erased),
    )
    id_ = campaigns.running(hold_out_percent=0)
    assert campaigns.arms(id_) == dict.fromkeys([settled, *fine], "treated")
    counts = campaigns.http.get(f"/campaigns/{id_}/audience").json()
    assert counts["excluded"] == {"complaint_open": 1, "consent": 4}
    assert (counts["in_segment"], counts["contactable"], counts["treated"], counts["held_out"]) == (10, 5, 5, 0)
    listed = campaigns.http.get(f"/campaigns/{id_}/audience/excluded", params={"rule": "consent", "limit": 3}).json()
    more = {"rule": "consent", "cursor": listed["next_cursor"]}
    rest = campaigns.http.get(f"/campaigns/{id_}/audience/excluded", params=more).json()
    assert rest["next_cursor"] is None
    found = {UUID(item["customer_id"]) for item in [*listed["items"], *rest["items"]]}
    assert found == {silent, other_channel, took_back, stranger}


def test_one_of_the_channels_is_enough_and_a_campaign_without_message_needs_none(campaigns: Campaigns) -> None:
    silent, texted, unprofiled = members(3)
    campaigns.joins(silent, unprofiled, channels=(), segment="cooling")
    campaigns.joins(texted, channels=("sms",), segment="cooling")
    campaigns.hears(consent(unprofiled, None, purpose="profiling", given=False))
    message = {"template": "win-back", "channels": ["email", "sms"], "values": {}}
    both = campaigns.running(code="both", hold_out_percent=0, message=message)
    assert campaigns.arms(both).keys() == {texted}
    quiet = campaigns.running(code="quiet", hold_out_percent=0, message=None)
    assert campaigns.arms(quiet).keys() == {silent, texted}
    assert {event.campaign_id for event in campaigns.told(SendRequested)} == {both}


def test_a_campaign_for_everybody(campaigns: Campaigns) -> None:
    some = members(5)
    campaigns.joins(*some)
    before = campaigns.drafted(code="later", segment=None)
    assert campaigns.http.get(f"/campaigns/{before}/audience").json()["in_segment"] == 5
    id_ = campaigns.running(segment=None, hold_out_percent=0)
    assert campaigns.arms(id_).keys() == set(some)


def test_the_global_hold_out_is_set_once_kept_for_ever_and_left_out_of_every_campaign(campaigns: Campaigns) -> None:
    assert campaigns.http.post("/global-hold-out", json={"percent": 20}).status_code == 204
    first, late = members(200), members(100, "late")
    campaigns.joins(*first, segment="cooling")
    one = campaigns.running(code="one", hold_out_percent=0)
    spared = {member for member in first if arm_of("global", member, 20) == "held_out"}
    assert {member for member, arm in campaigns.arms("global").items() if arm == "held_out"} == spared
    assert campaigns.arms(one).keys() == set(first) - spared
    assert campaigns.http.get(f"/campaigns/{one}/audience").json()["excluded"] == {"hold_out": len(spared)}
    refused = campaigns.http.post("/global-hold-out", json={"percent": 5})
    assert (refused.status_code, refused.json()["code"]) == (409, "hold_out_is_set")

    before = campaigns.arms("global")
    campaigns.joins(*late, segment="cooling")
    campaigns.running(code="two", hold_out_percent=0)
    after = campaigns.arms("global")
    assert {member: after[member] for member in before} == before
    assert after.keys() == {*first, *late}
    told = [event for event in campaigns.told(ArmAssigned) if event.experiment == "global"]
    assert len(told) == len(after)


def test_without_a_global_hold_out_the_first_campaign_sets_none(campaigns: Campaigns) -> None:
    campaigns.joins(*members(3), segment="cooling")
    campaigns.running()
    assert campaigns.http.post("/global-hold-out", json={"percent": 5}).json()["code"] == "hold_out_is_set"


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("where", ["campaign.before_start", "campaign.after_page", "projection.before_table"])
def test_killed_anywhere_it_ends_the_same(campaigns: Campaigns, where: str) -> None:
    everybody = members(35)
    campaigns.joins(*everybody, segment="cooling")
    id_ = campaigns.approved()
    begins = {"starts_at": NOON.isoformat()}
    campaigns.by("marketer", "ann").post(f"/campaigns/{id_}/schedule", json=begins).raise_for_status()
    for nth in range(1, 12):
        plan(f"{where}:raise@{nth}")
        try:
            campaigns.sweep()
        except TransientError:
            continue
        break
    plan("")
    campaigns.sweep()
    assert campaigns.campaign(id_)["status"] == "running"
    assert campaigns.arms(id_) == {member: arm_of(str(id_), member, 10) for member in everybody}
    told = campaigns.told(ArmAssigned)
    assert len([event for event in told if event.experiment == str(id_)]) == len(everybody)
    asked = [event.request_id for event in campaigns.told(SendRequested)]
    assert len(asked) == len(set(asked)) == list(campaigns.arms(id_).values()).count("treated")


@pytest.mark.usefixtures("small_pages")
def test_who_changes_during_the_start_is_judged_at_her_page(campaigns: Campaigns) -> None:
    everybody = members(25)
    campaigns.joins(*everybody, segment="cooling")
    id_ = campaigns.approved(hold_out_percent=0)
    campaigns.by("marketer", "ann").post(f"/campaigns/{id_}/start").raise_for_status()
    plan("campaign.after_page:raise")
    with pytest.raises(TransientError):
        campaigns.sweep()
    early, late = everybody[3], everybody[20]
    campaigns.hears(*[consent(who, given=False, at=NOON + timedelta(minutes=1)) for who in (early, late)])
    campaigns.sweep()
    assert campaigns.arms(id_).keys() == set(everybody) - {late}


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("verb", ["stop", "pause"])
def test_nothing_is_sent_after_a_stop_or_while_it_rests(campaigns: Campaigns, verb: str) -> None:
    campaigns.joins(*members(35), segment="cooling")
    id_ = campaigns.approved(hold_out_percent=0)
    ann = campaigns.by("marketer", "ann")
    ann.post(f"/campaigns/{id_}/start").raise_for_status()
    plan("campaign.after_page:raise")
    with pytest.raises(TransientError):
        campaigns.sweep()
    ann.post(f"/campaigns/{id_}/{verb}").raise_for_status()
    campaigns.sweep()
    assert len(campaigns.told(SendRequested)) == 10
    assert campaigns.told(CampaignStarted) == []
    if verb == "stop":
        assert [event.reason for event in campaigns.told(CampaignEnded)] == ["stopped"]
        return
    ann.post(f"/campaigns/{id_}/resume").raise_for_status()
    campaigns.sweep()
    assert len(campaigns.told(SendRequested)) == 35
    assert campaigns.campaign(id_)["status"] == "running"


@pytest.mark.usefixtures("small_pages")
def test_a_stop_comes_between_two_pages_and_nothing_after_it(campaigns: Campaigns) -> None:
    """While the sweep is in the middle of its pages; each of them looks again, under the campaign's lock."""
    campaigns.joins(*members(1000), segment="cooling")
    id_ = campaigns.approved(hold_out_percent=0)
    ann = campaigns.by("marketer", "ann")
    ann.post(f"/campaigns/{id_}/start").raise_for_status()
    with ThreadPoolExecutor(1) as pool:
        sweeping = pool.submit(campaigns.sweep)
        until(lambda: bool(campaigns.arms(id_)))
        ann.post(f"/campaigns/{id_}/stop").raise_for_status()
        stopped = len(campaigns.arms(id_))
        sweeping.result()
    assert 0 < stopped < 1000
    assert len(campaigns.told(SendRequested)) == len(campaigns.arms(id_)) == stopped
    assert campaigns.told(CampaignStarted) == []
    assert campaigns.campaign(id_)["status"] == "ended"


@pytest.mark.usefixtures("small_pages")
def test_two_processes_assign_each_member_once(campaigns: Campaigns) -> None:
    campaigns.joins(*members(95), segment="cooling")
    ids = [campaigns.approved(code=f"c{n}", hold_out_percent=30) for n in range(2)]
    for id_ in ids:
        campaigns.by("marketer", "ann").post(f"/campaigns/{id_}/start").raise_for_status()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: campaigns.sweep(), range(4)))
    for id_ in ids:
        assert campaigns.arms(id_) == {member: arm_of(str(id_), member, 30) for member in members(95)}
    assert len(campaigns.told(ArmAssigned)) == 95 * 2
    assert len(campaigns.told(CampaignStarted)) == 2
