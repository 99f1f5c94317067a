"""The contact's decisions: one function per command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never, get_args
from uuid import UUID

from services.notifications.domain.contact import closing, outcomes, requesting
from services.notifications.domain.contact.commands import (
    ContactCommand,
    DecideMessage,
    EraseContact,
    LiftSuppression,
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
from services.notifications.domain.contact.events import ContactEvent
from services.notifications.domain.contact.state import Contact, evolve
from shared.kernel.decider import Decider, StreamId

CATEGORY = "contact"


def contact_stream(customer_id: UUID) -> StreamId:
    """The stream of one member."""
    return StreamId(CATEGORY, str(customer_id))


def decide(command: ContactCommand, contact: Contact) -> Sequence[ContactEvent]:  # noqa: C901, PLR0911, PLR0912 - one case per command
    """What follows from `command`."""
    match command:
        case RequestMessage():
            return requesting.request(command, contact)
        case DecideMessage():
            return requesting.decide_message(command, contact)
        case RecordAccepted():
            return outcomes.accepted(command, contact)
        case RecordRefused():
            return outcomes.refused(command, contact)
        case RecordUnknown():
            return outcomes.unknown(command, contact)
        case PutOff():
            return outcomes.put_off(command, contact)
        case Reconcile():
            return outcomes.reconcile(command, contact)
        case SuppressChannel():
            return closing.suppress(command, contact)
        case LiftSuppression():
            return closing.lift(command, contact)
        case Unsubscribe():
            return closing.unsubscribe(command, contact)
        case RecordCall():
            return closing.record_call(command, contact)
        case EraseContact():
            return closing.erase(contact)
        case _:
            assert_never(command)


CONTACT: Decider[ContactCommand, ContactEvent, Contact] = Decider(
    category=CATEGORY,
    state_type=Contact,
    events=get_args(ContactEvent),
    initial_state=Contact,
    decide=decide,
    evolve=evolve,
    # Senders, requests and members' clicks meet here; the cap is exact because each waits for the one before.
    contended=True,
)
