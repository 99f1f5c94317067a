"""What people do about a contact: close and open channels, unsubscribe, find out about a message, call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.notifications.domain.contact.commands import (
    LiftSuppression,
    Reconcile,
    RecordCall,
    SuppressChannel,
    Unsubscribe,
)
from services.notifications.domain.contact.decider import contact_stream
from services.notifications.domain.contact.errors import CallNotFound, MessageNotFound
from shared.commands.handler import Addressed
from shared.kernel.ids import new_id
from shared.kernel.messages import Cause

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from services.notifications.application.ports import FindMessage
    from services.notifications.domain.contact.commands import ContactCommand
    from services.notifications.domain.values import CallOutcome, Channel, Reach
    from shared.commands.handler import CommandHandler

    FindCall = Callable[[Connection, UUID], tuple[UUID, CallOutcome | None] | None]

UNSUBSCRIBE = "notifications.unsubscribe"


class Contacts:
    """Gives one command to one contact. Every call may be repeated."""

    def __init__(self, handler: CommandHandler, find_message: FindMessage, find_call: FindCall) -> None:
        self._handler = handler
        self._find_message = find_message
        self._find_call = find_call

    def suppress(
        self, connection: Connection, cause: Cause, customer_id: UUID, entry: tuple[Channel, Reach, str]
    ) -> None:
        """Nothing within reach goes out by the channel any more; `entry` is channel, reach and reason."""
        channel, reach, reason = entry
        self._give(connection, customer_id, SuppressChannel(channel, reach, reason, cause.occurred_at), cause)

    def lift(self, connection: Connection, cause: Cause, customer_id: UUID, channel: Channel) -> None:
        """The channel is open again, as far as consent goes."""
        self._give(connection, customer_id, LiftSuppression(channel), cause)

    def unsubscribe(self, connection: Connection, message_id: UUID, channel: Channel, now: datetime) -> None:
        """By the link in a message; it may be followed for ever, and by anybody who has the message."""
        customer_id = self._whose(connection, message_id)
        # Each time another cause: whoever agreed again meanwhile may leave again by the same link.
        id_ = new_id()
        command = Unsubscribe(channel, message_id, now)
        self._give(connection, customer_id, command, Cause(id_, id_, now, UNSUBSCRIBE))

    def reconcile(self, connection: Connection, cause: Cause, message_id: UUID, *, accepted: bool, note: str) -> None:
        """Raises `MessageNotFound`, `MessageNotUnknown`."""
        command = Reconcile(message_id, accepted=accepted, note=note, now=cause.occurred_at)
        self._give(connection, self._whose(connection, message_id), command, cause)

    def record_call(self, connection: Connection, cause: Cause, message_id: UUID, outcome: CallOutcome) -> None:
        """Raises `CallNotFound`, `CallDone`."""
        customer_id, _ = self._call(connection, message_id)
        # The contact is held before the task is read again: two clerks may have called.
        self._handler.store.load(connection, [contact_stream(customer_id)], lock=True)
        _, known = self._call(connection, message_id)
        self._give(connection, customer_id, RecordCall(message_id, outcome, known, cause.occurred_at), cause)

    def _whose(self, connection: Connection, message_id: UUID) -> UUID:
        customer_id = self._find_message(connection, message_id)
        if customer_id is None:
            msg = f"no message {message_id}; check the id"
            raise MessageNotFound(msg, message_id=str(message_id))
        return customer_id

    def _call(self, connection: Connection, message_id: UUID) -> tuple[UUID, CallOutcome | None]:
        found = self._find_call(connection, message_id)
        if found is None:
            msg = f"no task {message_id} in the call list; look at GET /call-list"
            raise CallNotFound(msg, message_id=str(message_id))
        return found

    def _give(self, connection: Connection, customer_id: UUID, command: ContactCommand, cause: Cause) -> None:
        self._handler.run(connection, [[Addressed(contact_stream(customer_id), command, cause)]], lock=True)[0].unwrap()
