"""What people and tills ask for one at a time: stores and tills, moving, returning and voiding a receipt."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

import orjson

from services.stores.domain.receipt.commands import (
    LineReturn,
    MoveReceipt,
    RetellReceipt,
    ReturnLines,
    VoidReceipt,
)
from services.stores.domain.receipt.decider import CATEGORY as RECEIPT
from services.stores.domain.receipt.events import LinesReturned, ReceiptVoided
from services.stores.domain.receipt.history import replay
from services.stores.domain.store.commands import RegisterStore, RegisterTill
from services.stores.domain.store.decider import CATEGORY as STORE
from shared.commands.handler import Addressed
from shared.kernel.decider import StreamId
from shared.kernel.errors import InvariantViolated, NotFound
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from services.stores.application.ports import MemberTokens
    from services.stores.domain.receipt.history import Moment
    from shared.commands.handler import CommandHandler, Decision
    from shared.contracts.receipts import MemberDocument
    from shared.identity.tokeniser import Tokeniser
    from shared.kernel.messages import Cause, Command


class MemberUnknown(NotFound):
    """Nobody is known by this card, phone number or customer id."""

    code: ClassVar[str] = "member_unknown"

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} belongs to no member; register the member first", field=field)


@dataclass(frozen=True, slots=True)
class Stood:
    """A receipt as it stood at one version."""

    receipt_id: UUID
    version: int
    moment: Moment


@dataclass(frozen=True, slots=True)
class StoreRegistration:
    """What one store is to be, and why."""

    store_id: str
    command: RegisterStore
    cause: Cause

    @classmethod
    def numbered(cls, store_id: str, command: RegisterStore, cause: Cause, index: int) -> StoreRegistration:
        """One of a batch. It has a cause of its own: the same store may be in the batch again."""
        return cls(store_id, command, cause._replace(id=derived_id(cause.id, index)))


class StoreCommands:
    """Changes stores and their tills."""

    def __init__(self, handler: CommandHandler) -> None:
        self._handler = handler

    def register(
        self,
        connection: Connection,
        registrations: Sequence[StoreRegistration],
        *,
        lock: bool,
    ) -> list[Decision]:
        """One decision per registration, in order; one that is refused does not disturb the others."""
        units = [[Addressed(StreamId(STORE, item.store_id), item.command, item.cause)] for item in registrations]
        return self._handler.run(connection, units, lock=lock)

    def register_till(self, connection: Connection, store_id: str, till_id: str, cause: Cause, *, lock: bool) -> int:
        """One more till; the store's version after it. Raises `StoreNotFound`."""
        stream = StreamId(STORE, store_id)
        (decision,) = self._handler.run(
            connection,
            [[Addressed(stream, RegisterTill(store_id, till_id), cause)]],
            lock=lock,
        )
        return decision.unwrap().states[stream].version


class ReceiptCommands:
    """Changes one receipt at a time; a repeated request gets the answer of the first."""

    def __init__(self, handler: CommandHandler, tokens: MemberTokens, tokeniser: Tokeniser) -> None:
        self._handler = handler
        self._tokens = tokens
        self._tokeniser = tokeniser

    def move(
        self,
        connection: Connection,
        receipt_id: UUID,
        to: UUID | MemberDocument,
        cause: Cause,
        *,
        lock: bool,
    ) -> int:
        """Gives the receipt to a customer or to a card's or phone's member; the receipt's version after it.

        Raises `ReceiptNotFound`, `MemberUnknown`, or `InvalidInput` for an unreadable identifier.
        """
        customer_id = self._customer(connection, to)
        return self._change(connection, receipt_id, MoveReceipt(customer_id), cause, lock=lock)

    def return_lines(
        self,
        connection: Connection,
        receipt_id: UUID,
        return_id: UUID,
        returned_at: datetime,
        *,
        lines: Sequence[LineReturn],
        cause: Cause,
        lock: bool,
    ) -> Stood:
        """The receipt just after this return, also when it is asked for again.

        Raises `ReceiptNotFound`, `ReturnIdReused`, `ReceiptIsVoided` and what `domain.receipt.returns` raises.
        """
        asked = [(line.line, line.quantity_milli, line.amount_minor) for line in lines]
        content_hash = hashlib.sha256(orjson.dumps((returned_at.timestamp(), asked))).hexdigest()
        command = ReturnLines(return_id, returned_at, tuple(lines), content_hash)
        self._change(connection, receipt_id, command, cause, lock=lock)
        return self._stood(
            connection,
            receipt_id,
            lambda event: isinstance(event, LinesReturned) and event.return_id == return_id,
        )

    def void(
        self,
        connection: Connection,
        receipt_id: UUID,
        voided_at: datetime,
        cause: Cause,
        *,
        lock: bool,
    ) -> Stood:
        """The receipt just after it was voided, also when it is asked for again. Raises `ReceiptNotFound`."""
        self._change(connection, receipt_id, VoidReceipt(voided_at), cause, lock=lock)
        return self._stood(connection, receipt_id, lambda event: isinstance(event, ReceiptVoided))

    def retell(
        self,
        connection: Connection,
        receipt_id: UUID,
        cause: Cause,
        *,
        heard_version: int,
        heard_customer_id: UUID | None,
        lock: bool,
    ) -> bool:
        """Tells the receipt anew to those who heard up to `heard_version` before a restore; whether it was needed."""
        stream = StreamId(RECEIPT, str(receipt_id))
        version = self._handler.store.load(connection, [stream], lock=lock)[stream].version
        command = RetellReceipt(heard_version - version, heard_customer_id)
        (decision,) = self._handler.run(connection, [[Addressed(stream, command, cause)]], lock=lock)
        return bool(decision.unwrap().events)

    def _customer(self, connection: Connection, to: UUID | MemberDocument) -> UUID:
        if isinstance(to, UUID):
            if not self._tokens.is_member(connection, to):
                raise MemberUnknown("customer_id")
            return to
        token = self._tokeniser.token_of(to)
        customer_id = self._tokens.customers(connection, {token}).get(token)
        if customer_id is None:
            raise MemberUnknown("member")
        return customer_id

    def _change(
        self,
        connection: Connection,
        receipt_id: UUID,
        command: Command,
        cause: Cause,
        *,
        lock: bool,
    ) -> int:
        stream = StreamId(RECEIPT, str(receipt_id))
        (decision,) = self._handler.run(connection, [[Addressed(stream, command, cause)]], lock=lock)
        return decision.unwrap().states[stream].version

    def _stood(self, connection: Connection, receipt_id: UUID, just_after: Callable[[Any], bool]) -> Stood:
        stream = StreamId(RECEIPT, str(receipt_id))
        records = self._handler.store.read(connection, [stream])[stream]
        for version, moment in enumerate(replay(record.event for record in records), start=1):
            if just_after(moment.event):
                return Stood(receipt_id, version, moment)
        raise InvariantViolated(f"{stream} does not hold the event that was just decided")
