"""How a customer is written to, and by which calendar they celebrate: in the vault, since it tells of who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.customers.application.commands import stream_of, subject_of
from services.customers.domain.customer.errors import CustomerErased, CustomerNotFound
from shared.access.audit_log import Entry, append

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.application.birthdays import Calendar
    from services.customers.application.ports import Vault
    from services.customers.application.profile import Language
    from shared.eventstore.store import EventStore


@dataclass(frozen=True, slots=True)
class Preferences:
    """Changes the vault and no stream: nobody else needs to know before they ask."""

    store: EventStore
    vault: Vault

    def change(
        self,
        connection: Connection,
        customer_id: UUID,
        *,
        language: Language | None,
        birthday_calendar: Calendar | None,
        caller: str,
    ) -> int:
        """Notes what is not None, and who noted it; the customer's version, which stays.

        Raises `CustomerNotFound`, `CustomerErased`, or `InvalidInput` for a birthday that the calendar does not know.
        """
        stream = stream_of(customer_id)
        # Locked as an append would: the vault relies on it that two changes of one person never meet there.
        loaded = self.store.load(connection, [stream], lock=True)[stream]
        if loaded.state.status != "registered":
            raise CustomerErased if loaded.state.status == "erased" else CustomerNotFound
        self.vault.prefer(connection, customer_id, language=language, birthday_calendar=birthday_calendar)
        append(connection, [Entry(caller, "preferences_changed", subject_of(customer_id))])
        return loaded.version
