"""A campaign's life, transition by transition, and everything that it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.campaigns.domain.campaign.commands import (
    ApproveCampaign,
    BeginCampaign,
    DraftCampaign,
    EndCampaign,
    FinishStart,
    PauseCampaign,
    ResumeCampaign,
    ReturnCampaign,
    ReviseCampaign,
    ScheduleCampaign,
    StopCampaign,
    SubmitCampaign,
)
from services.campaigns.domain.campaign.decider import CAMPAIGN
from services.campaigns.domain.campaign.errors import (
    AlreadyApproved,
    CampaignNotFound,
    CodeCannotChange,
    CodeTaken,
    NotPossibleNow,
    OtherVersion,
    SamePerson,
    SignaturesMissing,
    TimeIsOver,
    TooEarly,
)
from services.campaigns.domain.campaign.events import (
    CampaignApproved,
    CampaignBegun,
    CampaignDrafted,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    CampaignReturned,
    CampaignRevised,
    CampaignScheduled,
    CampaignStarted,
    CampaignSubmitted,
)
from services.campaigns.domain.campaign.state import ACTIONS, Action, Status
from services.campaigns.domain.offers.definition import CampaignDraft
from shared.kernel.errors import Rejected
from shared.testing.specs import DeciderSpec

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
END = NOW + timedelta(days=14)
ANN, BEN, CHEF = "Ann", "Ben", "Chef"


def definition(**more: Any) -> CampaignDraft:
    facts: dict[str, Any] = {
        "code": "win-back",
        "name": {"zh-CN": "回来吧", "en": "Come back"},
        "segment": "lifecycle.cooling",
        "days": 14,
        "hold_out_percent": 10,
        "offer": {"kind": "percent", "percent": "20"},
    }
    return CampaignDraft.model_validate(facts | more)


DRAFTED = CampaignDrafted(definition=definition(), by=ANN)
SUBMITTED = CampaignSubmitted(version=1, by=ANN)
APPROVED = CampaignApproved(version=1, by=CHEF)
SCHEDULED = CampaignScheduled(starts_at=LATER, ends_at=LATER + timedelta(days=14), by=ANN)
BEGUN = CampaignBegun(version=1, starts_at=NOW, ends_at=END)
STARTED = CampaignStarted(
    version=1,
    code="win-back",
    segment="lifecycle.cooling",
    starts_at=NOW,
    ends_at=END,
    assigned=10,
    held_out=1,
)
PAUSED = CampaignPaused(version=1, by=ANN)
STOPPED = CampaignEnded(version=1, reason="stopped", begun=True, by=BEN, note="wrong price")

NOTHING = DeciderSpec(CAMPAIGN)
DRAFT = NOTHING.given(DRAFTED)
WAITING = DRAFT.given(SUBMITTED)
RETURNED = WAITING.given(CampaignReturned(version=1, by=CHEF, reason="too dear"))
READY = WAITING.given(APPROVED)
PLANNED = READY.given(SCHEDULED)
STARTING = READY.given(BEGUN)
RUNNING = STARTING.given(STARTED)
RESTING = RUNNING.given(PAUSED)
OVER = RUNNING.given(STOPPED)

STANDING: dict[Status, DeciderSpec] = {
    "draft": DRAFT,
    "submitted": WAITING,
    "returned": RETURNED,
    "approved": READY,
    "scheduled": PLANNED,
    "starting": STARTING,
    "running": RUNNING,
    "paused": RESTING,
    "ended": OVER,
}
ASKED: dict[Action, Any] = {
    "revise": ReviseCampaign(definition(days=7), ANN),
    "submit": SubmitCampaign(BEN),
    "approve": ApproveCampaign("Dora"),
    "return": ReturnCampaign("Dora", "too dear"),
    "schedule": ScheduleCampaign(NOW + timedelta(days=5), NOW, ANN),
    "start": BeginCampaign(NOW),
    "pause": PauseCampaign(ANN),
    "resume": ResumeCampaign(NOW, ANN),
    "stop": StopCampaign(BEN, None),
}
ALREADY: set[tuple[Action, Status]] = {
    ("start", "starting"),
    ("start", "running"),
    ("pause", "paused"),
    ("resume", "starting"),
    ("resume", "running"),
    ("stop", "ended"),
}
"""Asked for what already is: nothing is decided, nothing refused."""


@pytest.mark.parametrize("status", STANDING)
@pytest.mark.parametrize("action", ASKED)
def test_what_may_be_done_is_what_the_table_says(action: Action, status: Status) -> None:
    spec = STANDING[status].when(ASKED[action])
    if action in ACTIONS[status]:
        assert isinstance(spec.outcome, list)
        assert spec.outcome
    elif (action, status) in ALREADY:
        spec.then_nothing()
    else:
        assert isinstance(spec.outcome, NotPossibleNow | AlreadyApproved)
        if isinstance(spec.outcome, NotPossibleNow):
            assert status in spec.outcome.message
            assert spec.outcome.facts["next_actions"] == list(ACTIONS[status])


def test_a_campaign_is_drafted_once_under_its_code() -> None:
    draft = DraftCampaign(definition(), ANN)
    NOTHING.when(draft).then(DRAFTED).when(draft).then_rejected(CodeTaken)


@pytest.mark.parametrize("command", list(ASKED.values()))
def test_nothing_can_be_done_with_what_nobody_drafted(command: Any) -> None:
    NOTHING.when(command).then_rejected(CampaignNotFound)


def test_a_revision_makes_the_next_version_and_voids_the_approval() -> None:
    other = definition(days=7)
    revised = CampaignRevised(version=2, definition=other, by=BEN)
    spec = PLANNED.when(ReviseCampaign(other, BEN)).then(revised)
    spec.when(BeginCampaign(NOW)).then_rejected(NotPossibleNow)
    again = spec.when(SubmitCampaign(BEN)).then(CampaignSubmitted(version=2, by=BEN))
    again.when(ApproveCampaign(CHEF, version=1)).then_rejected(OtherVersion)
    again.when(ApproveCampaign(CHEF, version=2)).then(CampaignApproved(version=2, by=CHEF))


def test_a_revision_that_says_the_same_is_none() -> None:
    DRAFT.when(ReviseCampaign(definition(), BEN)).then_nothing()


def test_a_revision_keeps_the_code_and_meets_the_version_that_was_read() -> None:
    DRAFT.when(ReviseCampaign(definition(code="other"), ANN)).then_rejected(CodeCannotChange)
    DRAFT.when(ReviseCampaign(definition(days=7), ANN, expected=2)).then_rejected(OtherVersion)


def test_submitting_twice_is_once_and_by_another_person_is_refused() -> None:
    DRAFT.when(SubmitCampaign(ANN)).then(SUBMITTED).when(SubmitCampaign(ANN)).then_nothing()
    WAITING.when(SubmitCampaign(BEN)).then_rejected(NotPossibleNow)


def test_what_was_returned_is_submitted_again() -> None:
    WAITING.when(ReturnCampaign(CHEF, "too dear")).then(CampaignReturned(version=1, by=CHEF, reason="too dear"))
    RETURNED.when(SubmitCampaign(BEN)).then(CampaignSubmitted(version=1, by=BEN))


def test_of_two_who_approve_one_counts() -> None:
    approved = WAITING.when(ApproveCampaign(CHEF)).then(APPROVED)
    approved.when(ApproveCampaign(CHEF)).then_nothing()
    approved.when(ApproveCampaign("Dora")).then_rejected(AlreadyApproved)


@pytest.mark.parametrize("by", [ANN, BEN, "Eve"])
@pytest.mark.parametrize("decide", [ApproveCampaign, lambda by: ReturnCampaign(by, "no")])
def test_nobody_decides_about_her_own_work(by: str, decide: Any) -> None:
    """Ann wrote the first version, Ben the second, Eve submitted it."""
    revised = CampaignRevised(version=2, definition=definition(days=7), by=BEN)
    spec = DRAFT.given(revised, CampaignSubmitted(version=2, by="Eve"))
    spec.when(decide(by)).then_rejected(SamePerson)


def test_a_joint_promotion_waits_for_its_signatures() -> None:
    WAITING.when(ApproveCampaign(CHEF, missing_signatures=("bakery",))).then_rejected(SignaturesMissing)


def test_it_is_scheduled_for_a_moment_and_ends_days_later() -> None:
    READY.when(ScheduleCampaign(LATER, NOW, ANN)).then(SCHEDULED)
    READY.when(ScheduleCampaign(None, NOW, ANN)).then(CampaignScheduled(starts_at=NOW, ends_at=END, by=ANN))
    PLANNED.when(ScheduleCampaign(LATER, NOW, ANN)).then_nothing()
    READY.when(ScheduleCampaign(NOW - timedelta(days=14), NOW, ANN)).then_rejected(TimeIsOver)


def test_it_never_begins_before_what_was_approved() -> None:
    drafted = CampaignDrafted(definition=definition(starts_at=LATER), by=ANN)
    spec = NOTHING.given(drafted, SUBMITTED, APPROVED)
    spec.when(BeginCampaign(NOW)).then_rejected(TooEarly)
    spec.when(ScheduleCampaign(NOW, NOW, ANN)).then_rejected(TooEarly)
    spec.when(ScheduleCampaign(None, NOW, ANN)).then(SCHEDULED)
    late = LATER + timedelta(days=1)
    spec.when(BeginCampaign(late)).then(
        CampaignBegun(version=1, starts_at=late, ends_at=LATER + timedelta(days=14)),
    )
    spec.when(BeginCampaign(LATER + timedelta(days=14))).then_rejected(TimeIsOver)


def test_time_begins_what_is_scheduled_and_nothing_else() -> None:
    for spec in (DRAFT, WAITING, RETURNED, READY, RESTING, OVER):
        spec.when(BeginCampaign(LATER, timed=True)).then_nothing()
    PLANNED.when(BeginCampaign(NOW, timed=True)).then_nothing()
    PLANNED.when(BeginCampaign(LATER, timed=True)).then(
        CampaignBegun(version=1, starts_at=LATER, ends_at=LATER + timedelta(days=14)),
    )


def test_what_nobody_began_in_its_time_is_over() -> None:
    missed = LATER + timedelta(days=14)
    PLANNED.when(BeginCampaign(missed, timed=True)).then(
        CampaignEnded(version=1, reason="ended", begun=False, by="system"),
    )


def test_it_runs_when_everybody_is_assigned_and_not_after_a_stop() -> None:
    finish = FinishStart(assigned=10, held_out=1)
    STARTING.when(finish).then(STARTED).when(finish).then_nothing()
    STARTING.given(STOPPED).when(finish).then_rejected(NotPossibleNow)
    STARTING.given(PAUSED).when(finish).then_rejected(NotPossibleNow)


def test_it_pauses_and_goes_on_where_it_was() -> None:
    RUNNING.when(PauseCampaign(ANN)).then(PAUSED).when(ResumeCampaign(NOW, BEN)).then(
        CampaignResumed(version=1, by=BEN, assigned=True),
    )
    resumed = STARTING.given(PAUSED).when(ResumeCampaign(NOW, BEN))
    back = resumed.then(CampaignResumed(version=1, by=BEN, assigned=False))
    back.when(FinishStart(assigned=10, held_out=1)).then(STARTED)
    RESTING.when(ResumeCampaign(END, BEN)).then_rejected(TimeIsOver)


@pytest.mark.parametrize("status", [status for status in STANDING if status != "ended"])
def test_it_can_be_stopped_at_any_time(status: Status) -> None:
    begun = status in {"starting", "running", "paused"}
    ended = CampaignEnded(version=1, reason="stopped", begun=begun, by=BEN, note="wrong price")
    stopped = STANDING[status].when(StopCampaign(BEN, "wrong price")).then(ended)
    stopped.when(StopCampaign(ANN, None)).then_nothing()
    stopped.when(BeginCampaign(LATER)).then_rejected(NotPossibleNow)


def test_it_ends_when_its_time_is_over_or_its_budget_used_up() -> None:
    ended = CampaignEnded(version=1, reason="ended", begun=True, by="system")
    for spec in (STARTING, RUNNING, RESTING):
        spec.when(EndCampaign(END - timedelta(seconds=1))).then_nothing()
        spec.when(EndCampaign(END)).then(ended)
    RUNNING.when(EndCampaign(NOW, "budget_used_up")).then(
        CampaignEnded(version=1, reason="budget_used_up", begun=True, by="system"),
    )
    for spec in (DRAFT, READY, PLANNED, OVER):
        spec.when(EndCampaign(END)).then_nothing()


@pytest.mark.parametrize("status", STANDING)
def test_a_refusal_names_its_code_and_a_way_out(status: Status) -> None:
    for action, command in ASKED.items():
        outcome = STANDING[status].when(command).outcome
        if isinstance(outcome, Rejected):
            assert outcome.code != "rejected"
            assert ";" in outcome.message, f"{action} {status}: {outcome.message}"
