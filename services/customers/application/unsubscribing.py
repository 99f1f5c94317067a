"""Who unsubscribes has taken the consent back: the same as if she had said so at a desk."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from services.customers.application.commands import stream_of, withdrawal_entry
from services.customers.domain.customer.commands import WithdrawConsent
from services.customers.domain.values import Channel, ConsentScope
from shared.access.audit_log import append
from shared.commands.handler import Addressed
from shared.contracts.base import View
from shared.messaging.consumer import DONE, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.commands.handler import CommandHandler
    from shared.messaging.message import Message


class UnsubscribedView(View):
    """Who wants no more marketing, and by which channel."""

    customer_id: UUID
    channel: Channel

    def scope(self) -> ConsentScope:
        """The agreement that ends."""
        return ConsentScope("marketing", self.channel)


class Unsubscribing:
    """Handles batches of unsubscriptions (`shared.messaging.consumer.Handle`)."""

    def __init__(self, handler: CommandHandler) -> None:
        self._handler = handler

    def __call__(
        self,
        connection: Connection,
        batch: Sequence[Message[UnsubscribedView]],
        *,
        lock: bool,
    ) -> Sequence[Outcome]:
        """Withdraws in order. Of nobody, or of somebody erased, there is nothing left to withdraw: done."""
        units = [
            [Addressed(stream_of(m.body.customer_id), WithdrawConsent(m.body.scope()), m.cause)] for m in batch
        ]  # fmt: skip
        decisions = self._handler.run(connection, units, lock=lock)
        append(
            connection,
            [
                withdrawal_entry(message.body.customer_id, message.body.scope(), message.cause)
                for message, decision in zip(batch, decisions, strict=True)
                if decision.events
            ],
        )
        return [DONE if decision.rejected else Outcome(decision.error) for decision in decisions]
