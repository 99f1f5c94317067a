"""What decisions about a customer need: whether they are here, their tokens, and their current consents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from services.customers.domain.customer.events import (
    ConsentGiven,
    ConsentWithdrawn,
    CustomerErased,
    CustomerEvent,
    CustomerRegistered,
    IdentifierLinked,
    MemberOpened,
)
from services.customers.domain.values import Consent, ConsentScope, MemberToken


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as far as decisions go."""

    status: Literal["unknown", "registered", "erased"] = "unknown"
    tokens: tuple[MemberToken, ...] = ()
    consents: tuple[Consent, ...] = ()
    """At most one per scope: what holds now."""

    def without(self, scope: ConsentScope) -> tuple[Consent, ...]:
        """The current consents but for that to `scope`."""
        return tuple(consent for consent in self.consents if consent.scope != scope)


def initial_state() -> Customer:
    """Nobody yet."""
    return Customer()


def evolve(state: Customer, event: CustomerEvent) -> Customer:
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
        case CustomerErased():
            return Customer(status="erased")
        case _:
            assert_never(event)
