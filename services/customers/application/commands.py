"""Changing one customer: link, consent, open, erase. The stream decides, the vault follows in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.customers.domain.customer.commands import (
    CustomerCommand,
    EraseAgain,
    EraseCustomer,
    GiveConsent,
    LinkIdentifier,
    OpenMember,
    WithdrawConsent,
)
from services.customers.domain.customer.decider import CUSTOMER
from services.customers.domain.customer.errors import IdentifierTaken
from shared.access.audit_log import Entry, append
from shared.commands.handler import Addressed, CommandHandler
from shared.kernel.decider import StreamId

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.application.identifiers import Identifier, Recogniser
    from services.customers.application.ports import Vault
    from services.customers.domain.values import Consent, ConsentScope
    from shared.kernel.messages import Cause


def stream_of(customer_id: UUID) -> StreamId:
    """The stream that decides about a customer."""
    return StreamId(CUSTOMER.category, str(customer_id))


def subject_of(customer_id: UUID) -> str:
    """What the audit log calls a customer."""
    return f"customer/{customer_id}"


def consent_entry(customer_id: UUID, consent: Consent, cause: Cause) -> Entry:
    """That somebody recorded an agreement of a customer's."""
    scope = consent.scope
    details = {"purpose": scope.purpose, "channel": scope.channel, "text_version": consent.text_version}
    return Entry(cause.actor, "consent_recorded", subject_of(customer_id), details)


def withdrawal_entry(customer_id: UUID, scope: ConsentScope, cause: Cause) -> Entry:
    """That a customer's agreement was taken back, and by whom."""
    details = {"purpose": scope.purpose, "channel": scope.channel}
    return Entry(cause.actor, "consent_withdrawn", subject_of(customer_id), details)


def decide(
    handler: CommandHandler,
    connection: Connection,
    customer_id: UUID,
    command: CustomerCommand,
    cause: Cause,
    *,
    lock: bool,
) -> tuple[int, bool]:
    """Gives a command to a customer's stream; its version after that, and whether anything happened."""
    stream = stream_of(customer_id)
    decision = handler.run(connection, [[Addressed(stream, command, cause)]], lock=lock)[0].unwrap()
    return decision.states[stream].version, bool(decision.events)


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
        version, changed = decide(self._handler, connection, customer_id, command, cause, lock=lock)
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
        """Notes an agreement, and who noted it."""
        version, changed = decide(self._handler, connection, customer_id, GiveConsent(consent), cause, lock=lock)
        if changed:
            append(connection, [consent_entry(customer_id, consent, cause)])
        return version

    def withdraw_consent(
        self,
        connection: Connection,
        customer_id: UUID,
        scope: ConsentScope,
        cause: Cause,
        *,
        lock: bool,
    ) -> int:
        """Takes an agreement back, and notes who did."""
        version, changed = decide(self._handler, connection, customer_id, WithdrawConsent(scope), cause, lock=lock)
        if changed:
            append(connection, [withdrawal_entry(customer_id, scope, cause)])
        return version

    def open(
        self,
        connection: Connection,
        customer_id: UUID,
        stores: Collection[str],
        until: datetime,
        cause: Cause,
        *,
        lock: bool,
    ) -> None:
        """Lets stores see the customer until `until`."""
        decide(self._handler, connection, customer_id, OpenMember(tuple(sorted(stores)), until), cause, lock=lock)

    def erase(self, connection: Connection, customer_id: UUID, cause: Cause, *, lock: bool) -> int:
        """Destroys everything personal of the customer. Once it commits, nobody can read it again."""
        return self._erase(connection, customer_id, EraseCustomer(), cause, lock=lock)[0]

    def erase_again(
        self,
        connection: Connection,
        customer_id: UUID,
        tokens: Collection[str],
        cause: Cause,
        *,
        lock: bool,
    ) -> bool:
        """Erases whom a restore brought back, for the same cause as then; whether that was needed."""
        return self._erase(connection, customer_id, EraseAgain(tuple(tokens)), cause, lock=lock)[1]

    def _erase(
        self,
        connection: Connection,
        customer_id: UUID,
        command: EraseCustomer | EraseAgain,
        cause: Cause,
        *,
        lock: bool,
    ) -> tuple[int, bool]:
        version, changed = decide(self._handler, connection, customer_id, command, cause, lock=lock)
        if changed:
            self._vault.destroy(connection, customer_id)
            append(connection, [Entry(cause.actor, "customer_erased", subject_of(customer_id))])
        return version, changed
