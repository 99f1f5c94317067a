"""Changing one customer: link, consent, erase. The stream decides, the vault follows in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.customers.domain.customer.commands import (
    CustomerCommand,
    EraseCustomer,
    GiveConsent,
    LinkIdentifier,
    WithdrawConsent,
)
from services.customers.domain.customer.decider import CUSTOMER
from services.customers.domain.customer.errors import IdentifierTaken
from shared.commands.handler import Addressed, CommandHandler
from shared.kernel.decider import StreamId

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.application.identifiers import Identifier, Recogniser
    from services.customers.application.ports import Vault
    from services.customers.domain.values import Consent, ConsentScope
    from shared.kernel.messages import Cause


def stream_of(customer_id: UUID) -> StreamId:
    """The stream that decides about a customer."""
    return StreamId(CUSTOMER.category, str(customer_id))


class CustomerCommands:
    """Each method gives the customer's version after it, and raises `Rejected` when the business says no."""

    def __init__(self, handler: CommandHandler, vault: Vault, recogniser: Recogniser) -> None:
        self._handler = handler
        self._vault = vault
        self._recogniser = recogniser

    def link(
        self,
        connection: Connection,
        customer_id: UUID,
        identifier: Identifier,
        cause: Cause,
        *,
        lock: bool,
    ) -> int:
        """Recognises the customer by `identifier` from now on."""
        command = LinkIdentifier(self._recogniser.token(identifier))
        version, changed = self._decide(connection, customer_id, command, cause, lock=lock)
        if changed:
            if identifier in self._vault.owners(connection, [identifier]):
                # Raised after the append, so that the caller's transaction takes it back: whoever may not
                # change this customer is told that first, and learns nothing about the identifier.
                raise IdentifierTaken(identifier.kind)
            self._vault.add_identifier(connection, customer_id, identifier)
        return version

    def give_consent(
        self,
        connection: Connection,
        customer_id: UUID,
        consent: Consent,
        cause: Cause,
        *,
        lock: bool,
    ) -> int:
        """Notes an agreement."""
        return self._decide(connection, customer_id, GiveConsent(consent), cause, lock=lock)[0]

    def withdraw_consent(
        self,
        connection: Connection,
        customer_id: UUID,
        scope: ConsentScope,
        cause: Cause,
        *,
        lock: bool,
    ) -> int:
        """Takes an agreement back."""
        return self._decide(connection, customer_id, WithdrawConsent(scope), cause, lock=lock)[0]

    def erase(self, connection: Connection, customer_id: UUID, cause: Cause, *, lock: bool) -> int:
        """Destroys everything personal of the customer. Once it commits, nobody can read it again."""
        version, changed = self._decide(connection, customer_id, EraseCustomer(), cause, lock=lock)
        if changed:
            self._vault.destroy(connection, customer_id)
        return version

    def _decide(
        self,
        connection: Connection,
        customer_id: UUID,
        command: CustomerCommand,
        cause: Cause,
        *,
        lock: bool,
    ) -> tuple[int, bool]:
        stream = stream_of(customer_id)
        decision = self._handler.run(connection, [[Addressed(stream, command, cause)]], lock=lock)[0].unwrap()
        return decision.states[stream].version, bool(decision.events)
