"""Members come and go: registering opens an account, erasure closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from services.loyalty.domain.account.commands import CloseAccount, OpenAccount
from services.loyalty.domain.account.decider import account_stream
from shared.commands.handler import Addressed
from shared.contracts.base import View
from shared.contracts.customers import CustomerErased
from shared.messaging.consumer import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.commands.handler import CommandHandler
    from shared.messaging.message import Message


class Member(View):
    """Whose account it is: a pseudonym."""

    customer_id: UUID


class FollowMembers:
    """Handles batches of registrations and erasures."""

    def __init__(self, handler: CommandHandler) -> None:
        self._handler = handler

    def __call__(self, connection: Connection, batch: Sequence[Message[Member]], *, lock: bool) -> Sequence[Outcome]:
        """Opens and closes accounts, in order."""
        units = [
            [
                Addressed(
                    account_stream(message.body.customer_id),
                    CloseAccount() if message.type == CustomerErased.type else OpenAccount(),
                    message.cause,
                ),
            ]
            for message in batch
        ]
        return [Outcome(decision.error) for decision in self._handler.run(connection, units, lock=lock)]
