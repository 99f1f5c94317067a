"""What a contact can be told. Time, ids, facts and rules come in with the command."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.notifications.domain.policy.facts import Facts, Policy
from services.notifications.domain.values import CallOutcome, Channel, Purpose, Reach, Rule
from shared.kernel.messages import Command


@dataclass(frozen=True, slots=True)
class RequestMessage(Command):
    """Somebody wants the member to be told something."""

    message_id: UUID
    purpose: Purpose
    template: str
    channels: tuple[Channel, ...]
    send_after: datetime
    expires_at: datetime
    values: dict[str, str] = field(default_factory=dict)
    campaign_id: UUID | None = None
    experiment: str | None = None
    partner: str | None = None
    known: bool = False
    """Whether a message with this id was ever planned."""


@dataclass(frozen=True, slots=True)
class DecideMessage(Command):
    """Its time has come: send, defer or suppress. To send is to begin an attempt, under `sender`'s lease."""

    message_id: UUID
    facts: Facts
    policy: Policy
    sender: UUID
    now: datetime


@dataclass(frozen=True, slots=True)
class Outcome(Command):
    """What every outcome of an attempt says. One of another attempt than the open one changes nothing."""

    message_id: UUID
    attempt: int


@dataclass(frozen=True, slots=True)
class RecordAccepted(Outcome):
    """The provider took it."""


@dataclass(frozen=True, slots=True)
class RecordRefused(Outcome):
    """It was certainly not taken. With `retry_at` the same channel is tried again then."""

    detail: str
    now: datetime
    retry_at: datetime | None = None
    rule: Rule | None = None
    """Where no provider was asked, the rule that spoke: no consent by the vault, no address, no template."""


@dataclass(frozen=True, slots=True)
class RecordUnknown(Outcome):
    """Nobody knows whether it was taken."""

    detail: str


@dataclass(frozen=True, slots=True)
class PutOff(Outcome):
    """No provider was asked, because something else was away."""

    detail: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Reconcile(Command):
    """Somebody found out what became of an unknown message."""

    message_id: UUID
    accepted: bool
    note: str
    now: datetime


@dataclass(frozen=True, slots=True)
class SuppressChannel(Command):
    """Closes a channel of the member."""

    channel: Channel
    reach: Reach
    reason: str
    now: datetime


@dataclass(frozen=True, slots=True)
class LiftSuppression(Command):
    """Opens a channel again."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class Unsubscribe(Command):
    """The member followed the link of a message."""

    channel: Channel
    message_id: UUID
    now: datetime


@dataclass(frozen=True, slots=True)
class RecordCall(Command):
    """A clerk called. `known` is the outcome that the call list has by now."""

    message_id: UUID
    outcome: CallOutcome
    known: CallOutcome | None
    now: datetime


@dataclass(frozen=True, slots=True)
class EraseContact(Command):
    """The member was erased."""


ContactCommand = (
    RequestMessage
    | DecideMessage
    | RecordAccepted
    | RecordRefused
    | RecordUnknown
    | PutOff
    | Reconcile
    | SuppressChannel
    | LiftSuppression
    | Unsubscribe
    | RecordCall
    | EraseContact
)
