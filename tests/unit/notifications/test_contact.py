"""What a contact decides: planning, attempts and their outcomes, closed channels, erasure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.notifications.domain.contact.commands import (
    DecideMessage,
    EraseContact,
    PutOff,
    Reconcile,
    RecordAccepted,
    RecordCall,
    RecordRefused,
    RecordUnknown,
    RequestMessage,
    SuppressChannel,
    Unsubscribe,
)
from services.notifications.domain.contact.decider import CONTACT
from services.notifications.domain.contact.errors import CallDone, MessageNotUnknown
from services.notifications.domain.contact.state import Contact
from services.notifications.domain.policy.facts import Facts, Policy
from shared.kernel.ids import derived_id

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MESSAGE, SENDER = derived_id("message"), derived_id("sender")
FACTS = Facts(
    zone=ZoneInfo("UTC"),
    membership_since=NOW - timedelta(days=1),
    marketing_since=dict.fromkeys(("email", "sms", "phone"), NOW - timedelta(days=1)),
    store="31",
)
POLICY = Policy(channels=frozenset({"email", "sms", "phone"}))


def request(message: Any = MESSAGE, **more: Any) -> RequestMessage:
    usual: dict[str, Any] = {
        "purpose": "marketing",
        "template": "win-back",
        "channels": ("email", "sms"),
        "send_after": NOW,
        "expires_at": NOW + timedelta(days=14),
    }
    return RequestMessage(message, **usual | more)


def decide(message: Any = MESSAGE, now: datetime = NOW, **facts: Any) -> DecideMessage:
    return DecideMessage(message, replace(FACTS, **facts), POLICY, SENDER, now)


def play(*commands: Any, contact: Contact | None = None) -> tuple[list[str], Contact]:
    """The types of what was decided, and the contact after it."""
    contact, types = contact or Contact(), []
    for command in commands:
        events = CONTACT.decide(command, contact)
        contact = CONTACT.fold(events, contact)
        types += [event.type for event in events]
    return types, contact


def refused(attempt: int, **more: Any) -> RecordRefused:
    return RecordRefused(MESSAGE, attempt, detail="no", now=NOW, **more)


def test_a_message_is_planned_once() -> None:
    assert play(request(), request())[0] == ["message_planned"]
    assert play(request(known=True))[0] == []


def test_nothing_is_decided_before_its_time_or_twice() -> None:
    later = NOW + timedelta(hours=1)
    assert play(request(send_after=later), decide())[0] == ["message_planned"]
    types, contact = play(request(), decide(), decide())
    assert types == ["message_planned", "attempt_begun"]
    assert contact.sends == {MESSAGE: NOW}


def test_an_accepted_message_is_over() -> None:
    types, contact = play(request(), decide(), RecordAccepted(MESSAGE, 1), RecordAccepted(MESSAGE, 1), decide())
    assert types == ["message_planned", "attempt_begun", "message_accepted"]
    assert (contact.open, contact.sends) == ({}, {MESSAGE: NOW})


def test_a_definite_no_goes_to_the_next_channel_and_then_it_failed() -> None:
    types, contact = play(request(), decide(), refused(1))
    assert contact.open[MESSAGE].left == ("sms",)
    assert contact.sends == {}, "what was refused does not count toward the cap"
    more, after = play(decide(), refused(2), contact=contact)
    assert types + more == [
        "message_planned", "attempt_begun", "attempt_refused", "attempt_begun", "attempt_refused", "message_failed",
    ]  # fmt: skip
    assert (after.open, after.sends) == ({}, {})


def test_a_no_that_may_pass_keeps_the_channel_and_waits() -> None:
    retry_at = NOW + timedelta(minutes=1)
    _, contact = play(request(), decide(), refused(1, retry_at=retry_at))
    assert contact.open[MESSAGE].left == ("email", "sms")
    assert play(decide(), contact=contact)[0] == []
    assert play(decide(now=retry_at), contact=contact)[0] == ["attempt_begun"]


def test_where_the_vault_says_no_for_every_channel_its_rule_is_the_reason() -> None:
    events: list[Any] = []
    _, contact = play(request(channels=("email",)), decide())
    events += CONTACT.decide(refused(1, rule="consent"), contact)
    assert [event.type for event in events] == ["attempt_refused", "message_suppressed"]
    assert events[-1].rule == "consent"


def test_a_refused_channel_without_another_open_one_is_a_failure_not_a_lack_of_consent() -> None:
    _, contact = play(request(), decide(), refused(1))
    [ended] = CONTACT.decide(decide(marketing_since={"email": NOW - timedelta(days=1)}), contact)
    assert (ended.type, getattr(ended, "channel", None)) == ("message_failed", "email")


def test_an_unknown_message_waits_for_somebody() -> None:
    types, contact = play(request(), decide(), RecordUnknown(MESSAGE, 1, detail="gone"), decide(), refused(2))
    assert types == ["message_planned", "attempt_begun", "message_unknown"]
    assert play(RecordUnknown(MESSAGE, 1, detail="again"), contact=contact)[0] == []
    assert play(RecordAccepted(MESSAGE, 1), contact=contact)[0] == ["message_accepted"]
    yes, no = (Reconcile(MESSAGE, accepted=said, note="", now=NOW) for said in (True, False))
    assert play(yes, contact=contact)[0] == ["message_accepted"]
    again, after = play(no, decide(), contact=contact)
    assert again == ["message_reconciled", "attempt_begun"]
    assert after.open[MESSAGE].attempt == 2
    late = play(RecordAccepted(MESSAGE, 1), contact=after)[0]
    assert late == [], "the old attempt's outcome is not the new one's"
    with pytest.raises(MessageNotUnknown):
        play(yes, contact=after)


def test_what_was_put_off_is_as_if_it_had_not_begun() -> None:
    types, contact = play(request(), decide(), PutOff(MESSAGE, 1, detail="vault", until=NOW), decide())
    assert types == ["message_planned", "attempt_begun", "attempt_put_off", "attempt_begun"]
    assert len(contact.sends) == 1


def test_the_cap_counts_what_is_on_its_way_and_what_is_unknown() -> None:
    ids = [derived_id("m", n) for n in range(4)]
    begun = [command for id_ in ids[:3] for command in (request(id_), decide(id_))]
    _, contact = play(*begun, RecordUnknown(ids[0], 1, detail="gone"))
    assert play(request(ids[3]), decide(ids[3]), contact=contact)[0] == ["message_planned", "message_deferred"]
    free, _ = play(
        RecordRefused(ids[1], 1, detail="no", now=NOW, retry_at=NOW + timedelta(1)),
        request(ids[3]), decide(ids[3]), contact=contact,
    )  # fmt: skip
    assert free == ["attempt_refused", "message_planned", "attempt_begun"]


def test_membership_does_not_count() -> None:
    _, contact = play(request(purpose="membership"), decide(), RecordAccepted(MESSAGE, 1))
    assert contact.sends == {}


def test_unsubscribing_is_once_and_never_shrinks_what_is_closed() -> None:
    leave = Unsubscribe("email", MESSAGE, NOW)
    types, contact = play(leave, leave)
    assert types == ["unsubscribed"]
    assert contact.suppressions["email"].reach == "marketing"
    types, contact = play(SuppressChannel("email", "everything", "bounced", NOW), leave)
    assert types == ["channel_suppressed"]
    assert contact.suppressions["email"].reach == "everything"


def test_calls_have_one_outcome() -> None:
    def call(outcome: Any, known: Any) -> Any:
        return play(RecordCall(MESSAGE, outcome, known, NOW))[0]

    assert call("no_answer", None) == call("no_answer", "no_answer") == call("done", "no_answer") == ["call_recorded"]
    assert call("done", "done") == []
    assert call("wrong_number", None) == ["call_recorded", "channel_suppressed"]
    with pytest.raises(CallDone):
        call("done", "wrong_number")


def test_erasure_ends_what_waits_and_leaves_what_is_on_its_way() -> None:
    other = derived_id("other")
    _, contact = play(request(), decide(), request(other))
    types, after = play(EraseContact(), EraseContact(), contact=contact)
    assert types == ["message_suppressed", "contact_erased"]
    assert list(after.open) == [MESSAGE]
    assert play(RecordAccepted(MESSAGE, 1), contact=after)[0] == ["message_accepted"]
    assert play(request(derived_id("new")), contact=after)[0] == ["message_planned", "message_suppressed"]
    assert play(Unsubscribe("email", MESSAGE, NOW), contact=after)[0] == []
