"""Giving an address to another service of ours: one person, one purpose, one channel, and only with consent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from services.customers.application.commands import stream_of, subject_of
from services.customers.domain.customer.errors import AddressMissing, ConsentMissing
from services.customers.domain.values import ConsentScope, IdentifierKind
from shared.access.audit_log import Entry, append

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.application.profiles import Profiles

ContactPurpose = Literal["membership", "marketing"]
"""Membership: what a member must hear, such as points that run out. Marketing: what she may like to hear."""
ContactChannel = Literal["sms", "phone", "email"]
_ADDRESS_OF: dict[ContactChannel, IdentifierKind] = {"sms": "phone", "phone": "phone", "email": "email"}


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody can be reached. Personal: it is answered, and kept and logged nowhere."""

    value: str = field(repr=False)
    version: int
    """The customer's stream version by which consent was checked."""


@dataclass(frozen=True, slots=True)
class AddressBook:
    """Releases addresses out of the vault."""

    profiles: Profiles

    def release(
        self,
        connection: Connection,
        customer_id: UUID,
        purpose: ContactPurpose,
        channel: ContactChannel,
        *,
        caller: str,
    ) -> Address:
        """The address for `channel` that was linked last; the release goes into the audit log.

        Consent is read under the stream's lock: a withdrawal either came before, and nothing is released, or waits
        until the release is written down. Raises `CustomerNotFound`, `ProfileErased`, `ConsentMissing` or
        `AddressMissing`.
        """
        stream = stream_of(customer_id)
        loaded = self.profiles.store.load(connection, [stream], lock=True)[stream]
        profile = self.profiles.read(connection, customer_id)
        scope = ConsentScope(purpose, channel if purpose == "marketing" else None)
        if not any(consent.scope == scope for consent in loaded.state.consents):
            raise ConsentMissing(scope)
        kind = _ADDRESS_OF[channel]
        known = [identifier.value for identifier in profile.identifiers if identifier.kind == kind]
        if not known:
            raise AddressMissing(kind)
        details = {"purpose": purpose, "channel": channel}
        append(connection, [Entry(caller, "address_released", subject_of(customer_id), details)])
        return Address(known[-1], loaded.version)
