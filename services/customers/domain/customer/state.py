"""What decisions about a customer need: whether they are here, their tokens, current consents, and complaints."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, assert_never

from services.customers.domain.customer.events import (
    ComplaintClosed,
    ComplaintOpened,
    ConsentGiven,
    ConsentWithdrawn,
    CustomerErased,
    CustomerEvent,
    CustomerRegistered,
    IdentifierLinked,
    MemberOpened,
)
from services.customers.domain.values import Complaint, Consent, ConsentScope, MemberToken

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as far as decisions go."""

    status: Literal["unknown", "registered", "erased"] = "unknown"
    tokens: tuple[MemberToken, ...] = ()
    consents: tuple[Consent, ...] = ()
    """At most one per scope: what holds now."""
    complaints: tuple[Complaint, ...] = ()
    """Also the closed ones: so that one that is sent again is known."""

    def without(self, scope: ConsentScope) -> tuple[Consent, ...]:
        """The current consents but for that to `scope`."""
        return tuple(consent for consent in self.consents if consent.scope != scope)

    def complaint(self, complaint_id: UUID) -> Complaint | None:
        """The complaint with this id."""
        return next((complaint for complaint in self.complaints if complaint.complaint_id == complaint_id), None)


def initial_state() -> Customer:
    """Nobody yet."""
    return Customer()


def evolve(state: Customer, event: CustomerEvent) -> Customer:  # noqa: PLR0911 - one per event
    """The customer after `event`."""
    match event:
        case CustomerRegistered():
            return replace(state, status="registered")
        case IdentifierLinked(kind=kind, token=token):
            return replace(state, tokens=(*state.tokens, MemberToken(kind, token)))
        case ConsentGiven(purpose=purpose, channel=channel, text_version=text_version):
            scope = ConsentScope(purpose, channel)
            return replace(state, consents=(*state.without(scope), Consent(scope, text_version)))
        case ConsentWithdrawn(purpose=purpose, channel=channel):
            return replace(state, consents=state.without(ConsentScope(purpose, channel)))
        case MemberOpened():
            return state  # Who may look is no part of what is decided about a customer.
        case ComplaintOpened(complaint_id=complaint_id, category=category, store_id=store_id):
            return replace(state, complaints=(*state.complaints, Complaint(complaint_id, category, store_id)))
        case ComplaintClosed(complaint_id=complaint_id, outcome=outcome):
            return replace(
                state,
                complaints=tuple(
                    replace(complaint, outcome=outcome) if complaint.complaint_id == complaint_id else complaint
                    for complaint in state.complaints
                ),
            )
        case CustomerErased():
            return Customer(status="erased")
        case _:
            assert_never(event)
