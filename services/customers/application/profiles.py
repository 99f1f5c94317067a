"""Finding people and showing who they are. Whoever sees a profile without its mask is in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.customers.application.commands import stream_of, subject_of
from services.customers.domain.customer.errors import CustomerNotFound, IdentifierNotFound, ProfileErased
from shared.access.audit_log import Entry, append

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.application.identifiers import Identifier
    from services.customers.application.ports import Vault
    from services.customers.application.profile import Profile
    from shared.eventstore.store import EventStore


@dataclass(frozen=True, slots=True)
class Profiles:
    """Reads the vault. Changes nothing but the audit log."""

    store: EventStore
    vault: Vault

    def find(self, connection: Connection, identifier: Identifier) -> UUID:
        """Whose identifier it is. Raises `IdentifierNotFound`."""
        owner = self.vault.owners(connection, [identifier]).get(identifier)
        if owner is None:
            raise IdentifierNotFound(identifier.kind)
        return owner

    def read(self, connection: Connection, customer_id: UUID) -> Profile:
        """The profile, for showing under its mask only. Raises `CustomerNotFound` or `ProfileErased`."""
        profile = self.vault.profile(connection, customer_id)
        if profile is None:
            stream = stream_of(customer_id)
            state = self.store.load(connection, [stream])[stream].state
            raise ProfileErased if state.status == "erased" else CustomerNotFound
        return profile

    def unmask(self, connection: Connection, customer_id: UUID, *, caller: str, purpose: str) -> Profile:
        """The profile as it is; the view and its purpose go into the audit log in the same transaction."""
        profile = self.read(connection, customer_id)
        append(connection, [Entry(caller, "profile_unmasked", subject_of(customer_id), {"purpose": purpose})])
        return profile
