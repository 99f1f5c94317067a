"""What can be asked of a customer's stream. When it happens comes with the command's cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.customers.domain.values import Complaint, ComplaintOutcome, Consent, ConsentScope, MemberToken
from shared.kernel.messages import Command


@dataclass(frozen=True, slots=True)
class RegisterCustomer(Command):
    """Become a customer, with every identifier and consent that is known at once."""

    registered_on: date
    tokens: tuple[MemberToken, ...]
    home_store: str | None = None
    consents: tuple[Consent, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkIdentifier(Command):
    """Be recognised by another identifier."""

    token: MemberToken


@dataclass(frozen=True, slots=True)
class GiveConsent(Command):
    """Agree to something."""

    consent: Consent


@dataclass(frozen=True, slots=True)
class WithdrawConsent(Command):
    """Take an agreement back."""

    scope: ConsentScope


@dataclass(frozen=True, slots=True)
class OpenMember(Command):
    """Be seen by stores, having shown an identifier there."""

    stores: tuple[str, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class OpenComplaint(Command):
    """Complain."""

    complaint: Complaint


@dataclass(frozen=True, slots=True)
class CloseComplaint(Command):
    """Have a complaint settled."""

    complaint_id: UUID
    outcome: ComplaintOutcome


@dataclass(frozen=True, slots=True)
class EraseCustomer(Command):
    """Be forgotten."""


@dataclass(frozen=True, slots=True)
class EraseAgain(Command):
    """Be forgotten, as was decided before a restore brought the past back; `tokens` are those of that time."""

    tokens: tuple[str, ...]


CustomerCommand = (
    RegisterCustomer
    | LinkIdentifier
    | GiveConsent
    | WithdrawConsent
    | OpenMember
    | OpenComplaint
    | CloseComplaint
    | EraseCustomer
    | EraseAgain
)
