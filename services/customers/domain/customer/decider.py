"""Decides about one customer, from registration to erasure. Who owns an identifier is decided by the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from services.customers.domain.customer import errors, events
from services.customers.domain.customer.commands import (
    CloseComplaint,
    CustomerCommand,
    EraseAgain,
    EraseCustomer,
    GiveConsent,
    LinkIdentifier,
    OpenComplaint,
    OpenMember,
    RegisterCustomer,
    WithdrawConsent,
)
from services.customers.domain.customer.state import Customer, evolve, initial_state
from shared.kernel.decider import Decider

if TYPE_CHECKING:
    from services.customers.domain.customer.events import CustomerEvent
    from services.customers.domain.values import Consent

IDENTIFIERS_MAX = 50
COMPLAINTS_MAX = 200
"""Of one customer, ever: every decision about them reads all."""


def decide(command: CustomerCommand, state: Customer) -> list[CustomerEvent]:  # noqa: PLR0911 - one per command
    """What happens on `command`; nothing when it is so already."""
    match command:
        case RegisterCustomer():
            return _register(command, state)
        case LinkIdentifier():
            return _link(command, state)
        case GiveConsent():
            return _give_consent(command, state)
        case WithdrawConsent():
            return _withdraw_consent(command, state)
        case OpenMember():
            return _open(command, state)
        case OpenComplaint():
            return _open_complaint(command, state)
        case CloseComplaint():
            return _close_complaint(command, state)
        case EraseCustomer() | EraseAgain():
            return _erase(command, state)
        case _:
            assert_never(command)


def _register(command: RegisterCustomer, state: Customer) -> list[CustomerEvent]:
    if state.status == "erased":
        raise errors.CustomerErased
    if state.status == "registered":
        # A repeated registration does not come this far: only the vault can compare what is personal.
        raise errors.CustomerExists
    return [
        events.CustomerRegistered(registered_on=command.registered_on, home_store=command.home_store),
        *(events.IdentifierLinked(kind=token.kind, token=token.token) for token in dict.fromkeys(command.tokens)),
        *(_given(consent) for consent in {consent.scope: consent for consent in command.consents}.values()),
    ]


def _link(command: LinkIdentifier, state: Customer) -> list[CustomerEvent]:
    _require_registered(state)
    if command.token in state.tokens:
        return []
    if len(state.tokens) >= IDENTIFIERS_MAX:
        raise errors.TooManyIdentifiers(IDENTIFIERS_MAX)
    return [events.IdentifierLinked(kind=command.token.kind, token=command.token.token)]


def _give_consent(command: GiveConsent, state: Customer) -> list[CustomerEvent]:
    _require_registered(state)
    return [] if command.consent in state.consents else [_given(command.consent)]


def _withdraw_consent(command: WithdrawConsent, state: Customer) -> list[CustomerEvent]:
    _require_registered(state)
    scope = command.scope
    if not any(consent.scope == scope for consent in state.consents):
        return []
    return [events.ConsentWithdrawn(purpose=scope.purpose, channel=scope.channel)]


def _open(command: OpenMember, state: Customer) -> list[CustomerEvent]:
    _require_registered(state)
    return [events.MemberOpened(store_id=store_id, until=command.until) for store_id in command.stores]


def _open_complaint(command: OpenComplaint, state: Customer) -> list[CustomerEvent]:
    _require_registered(state)
    complaint = command.complaint
    known = state.complaint(complaint.complaint_id)
    if known is not None:
        if (known.category, known.store_id) != (complaint.category, complaint.store_id):
            raise errors.ComplaintExists(complaint.complaint_id)
        return []
    if len(state.complaints) >= COMPLAINTS_MAX:
        raise errors.TooManyComplaints(COMPLAINTS_MAX)
    return [
        events.ComplaintOpened(
            complaint_id=complaint.complaint_id,
            category=complaint.category,
            store_id=complaint.store_id,
        ),
    ]


def _close_complaint(command: CloseComplaint, state: Customer) -> list[CustomerEvent]:
    _require_registered(state)
    known = state.complaint(command.complaint_id)
    if known is None:
        raise errors.ComplaintNotFound(command.complaint_id)
    if known.outcome is None:
        return [events.ComplaintClosed(complaint_id=command.complaint_id, outcome=command.outcome)]
    if known.outcome != command.outcome:
        raise errors.ComplaintClosed(known.outcome)
    return []


def _erase(command: EraseCustomer | EraseAgain, state: Customer) -> list[CustomerEvent]:
    if state.status == "erased":
        return []
    if isinstance(command, EraseCustomer):
        _require_registered(state)
        return [events.CustomerErased(tokens=tuple(token.token for token in state.tokens))]
    # Also of somebody who is not known any more: whoever sends their registration again must not bring them back.
    tokens = dict.fromkeys([*command.tokens, *(token.token for token in state.tokens)])
    return [events.CustomerErased(tokens=tuple(tokens))]


def _require_registered(state: Customer) -> None:
    if state.status == "erased":
        raise errors.CustomerErased
    if state.status == "unknown":
        raise errors.CustomerNotFound


def _given(consent: Consent) -> events.ConsentGiven:
    return events.ConsentGiven(
        purpose=consent.scope.purpose,
        channel=consent.scope.channel,
        text_version=consent.text_version,
    )


CUSTOMER: Decider[CustomerCommand, CustomerEvent, Customer] = Decider(
    category="customer",
    state_type=Customer,
    events=events.EVENTS,
    initial_state=initial_state,
    decide=decide,
    evolve=evolve,
)
