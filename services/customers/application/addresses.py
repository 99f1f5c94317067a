"""Giving addresses to another service of ours: for one purpose, by one channel, and only with consent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal
from uuid import UUID

import structlog

from services.customers.application.commands import stream_of, subject_of
from services.customers.application.ports import VaultError
from services.customers.domain.customer.errors import AddressMissing, ConsentMissing, CustomerNotFound, ProfileErased
from services.customers.domain.values import ConsentScope, IdentifierKind
from shared.access.audit_log import Entry, append
from shared.kernel.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from services.customers.application.ports import Vault
    from services.customers.application.profile import Language, Profile
    from services.customers.domain.customer.state import Customer
    from shared.eventstore.store import EventStore, Loaded

log = structlog.get_logger(__name__)

ContactPurpose = Literal["membership", "marketing"]
"""Membership: what a member must hear, such as points that run out. Marketing: what she may like to hear."""
ContactChannel = Literal["sms", "phone", "email"]
_ADDRESS_OF: dict[ContactChannel, IdentifierKind] = {"sms": "phone", "phone": "phone", "email": "email"}


class ProfileUnreadable(Rejected):
    """The vault cannot open the profile: an operator must look. Others are released meanwhile."""

    code: ClassVar[str] = "profile_unreadable"

    def __init__(self) -> None:
        super().__init__("the vault cannot open this profile; do not send, and call an operator")


@dataclass(frozen=True, slots=True)
class Request:
    """Whom a service wants to tell something, what kind of thing, and how."""

    customer_id: UUID
    purpose: ContactPurpose
    channel: ContactChannel

    @property
    def scope(self) -> ConsentScope:
        """The agreement that it needs."""
        return ConsentScope(self.purpose, self.channel if self.purpose == "marketing" else None)


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody can be reached, and how to address them. Personal: answered, and kept and logged nowhere."""

    customer_id: UUID
    value: str = field(repr=False)
    name: str | None = field(repr=False)
    language: Language = field(repr=False)
    version: int
    """The customer's stream version by which consent was checked."""


@dataclass(frozen=True, slots=True)
class AddressBook:
    """Releases addresses out of the vault."""

    store: EventStore
    vault: Vault

    def one(self, connection: Connection, request: Request, caller: str) -> Address:
        """As `release`, for one message or call. Raises the refusal."""
        [answer] = self.release(connection, [request], caller=caller)
        if isinstance(answer, Rejected):
            raise answer
        return answer

    def release(
        self,
        connection: Connection,
        requests: Sequence[Request],
        *,
        caller: str,
    ) -> list[Address | Rejected]:
        """For each request, in order, the address that was linked last, or why there is none; releases are audited.

        Consent is read under the streams' locks, taken in sorted order: a withdrawal either came before, and nothing
        is released, or waits until the release is written down. A no is `CustomerNotFound`, `ProfileErased`,
        `ConsentMissing`, `AddressMissing` or `ProfileUnreadable`.
        """
        customers = {request.customer_id for request in requests}
        loaded = self.store.load(connection, map(stream_of, customers), lock=True)
        profiles = self.vault.profiles(connection, customers)
        answers = [
            _answer(request, loaded[stream_of(request.customer_id)], profiles.get(request.customer_id))
            for request in requests
        ]
        append(
            connection,
            [
                _entry(request, caller)
                for request, answer in zip(requests, answers, strict=True)
                if isinstance(answer, Address)
            ],
        )
        return answers


def _answer(request: Request, loaded: Loaded, profile: Profile | VaultError | None) -> Address | Rejected:
    state: Customer = loaded.state
    if profile is None:
        return ProfileErased() if state.status == "erased" else CustomerNotFound()
    if not any(consent.scope == request.scope for consent in state.consents):
        return ConsentMissing(request.scope)
    if isinstance(profile, VaultError):
        log.error("profile_unreadable", customer_id=str(request.customer_id), exc_info=profile)
        return ProfileUnreadable()
    kind = _ADDRESS_OF[request.channel]
    known = [identifier.value for identifier in profile.identifiers if identifier.kind == kind]
    if not known:
        return AddressMissing(kind)
    return Address(request.customer_id, known[-1], profile.name, profile.language, loaded.version)


def _entry(request: Request, caller: str) -> Entry:
    details = {"purpose": request.purpose, "channel": request.channel}
    return Entry(caller, "address_released", subject_of(request.customer_id), details)
