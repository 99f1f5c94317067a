"""Requests become messages: each is planned once, however often it comes, and decided when its time comes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from services.notifications.domain.contact.commands import EraseContact, RequestMessage
from services.notifications.domain.contact.decider import contact_stream
from services.notifications.domain.values import Channel, Purpose
from shared.commands.handler import Addressed
from shared.contracts.base import View
from shared.kernel.text import Code
from shared.messaging.consumer import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from services.notifications.application.ports import KnownMessages
    from services.notifications.domain.contact.commands import ContactCommand
    from shared.commands.handler import CommandHandler, Decision
    from shared.kernel.messages import Cause
    from shared.messaging.message import Message

VALUES_MAX = 50
Value = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
"""What a template's tag stands for. Wordings leave out what nobody can see; NUL cannot even be kept."""


class RequestView(View):
    """What is read of a request."""

    request_id: UUID
    customer_id: UUID
    purpose: Purpose
    template: Code
    channels: Annotated[tuple[Channel, ...], Field(min_length=1, max_length=6)]
    values: dict[Code, Value] = Field(default={}, max_length=VALUES_MAX)
    campaign_id: UUID | None = None
    experiment: Code | None = None
    partner: Code | None = None
    send_after: AwareDatetime
    expires_at: AwareDatetime


class MemberView(View):
    """Who was erased."""

    customer_id: UUID


Request = tuple[UUID, RequestMessage, "Cause"]
"""The member, what she is to be told, and why."""


class Planner:
    """Plans messages, also those that the calendar asks for."""

    def __init__(self, handler: CommandHandler, known_messages: KnownMessages) -> None:
        self._handler = handler
        self._known = known_messages

    def handle(self, connection: Connection, batch: Sequence[Message[RequestView]], *, lock: bool) -> Sequence[Outcome]:
        """The consumer of requests."""
        requests = [(m.body.customer_id, _command(m.body), m.cause) for m in batch]
        return [Outcome(decision.error) for decision in self.plan(connection, requests, lock=lock)]

    def plan(self, connection: Connection, requests: Sequence[Request], *, lock: bool) -> list[Decision]:
        """One decision per request, in order."""
        # Locked before it is asked what is known: a request that came by another way in this moment is seen then.
        streams = [contact_stream(customer_id) for customer_id, _, _ in requests]
        self._handler.store.load(connection, streams, lock=True)
        known = self._known(connection, [command.message_id for _, command, _ in requests])
        units = [
            [Addressed(contact_stream(customer_id), replace(command, known=command.message_id in known), cause)]
            for customer_id, command, cause in requests
        ]
        return self._handler.run(connection, units, lock=lock)

    def erase(self, connection: Connection, batch: Sequence[Message[MemberView]], *, lock: bool) -> Sequence[Outcome]:
        """The consumer of erasures: whatever waits for an erased member is suppressed at once."""
        erase: ContactCommand = EraseContact()
        units = [[Addressed(contact_stream(m.body.customer_id), erase, m.cause)] for m in batch]
        return [Outcome(decision.error) for decision in self._handler.run(connection, units, lock=lock)]


def _command(view: RequestView) -> RequestMessage:
    return RequestMessage(
        message_id=view.request_id,
        purpose=view.purpose,
        template=view.template,
        # A channel that is named twice is tried once.
        channels=tuple(dict.fromkeys(view.channels)),
        send_after=view.send_after,
        expires_at=view.expires_at,
        values=dict(view.values),
        campaign_id=view.campaign_id,
        experiment=view.experiment,
        partner=view.partner,
    )
