"""HTTP: messages with every decision, what became of unknown ones, and the funnel of a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.notifications.entrypoints.guards import SeesMessage, no_message
from services.notifications.read_models.messages.lists import funnel, message_detail, messages
from services.notifications.read_models.messages.view import FunnelView, MessageDetail, MessagePage, Status
from shared.access.calls import CallDep, CallerDep
from shared.access.permissions import requires
from shared.access.visibility import ForTheWholeChain
from shared.database.engine import reading

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from services.notifications.application.contacts import Contacts
    from shared.access.visibility import Members
    from shared.kernel.clock import BusinessClock

PAGE_MAX = 200


class Reconciliation(BaseModel):
    """What somebody found out about a message of which nobody knew."""

    model_config = ConfigDict(extra="forbid")

    accepted: bool
    note: Annotated[
        str,
        # What names a person is not let in: it would stay for ever.
        StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9 ._:/#()-]*$"),
    ] = ""
    """Where it was found, such as the provider's own number. Never a name or an address."""


def add_routes(api: APIRouter, engine: Engine, members: Members, contacts: Contacts, clock: BusinessClock) -> None:
    """The routes of messages."""
    guarded = Depends(SeesMessage(members))

    @api.get(
        "/messages",
        summary="Messages, page by page",
        dependencies=[requires("notifications.messages.read")],
    )
    def list_messages(
        caller: CallerDep,
        *,
        customer_id: UUID | None = None,
        campaign_id: UUID | None = None,
        status: Status | None = None,
        cursor: Annotated[UUID | None, Query(description="`next_cursor` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
    ) -> MessagePage:
        """Those of members in the caller's scope, the newest id first."""
        with reading(engine) as connection:
            return messages(
                connection,
                members.visible_to(caller),
                customer_id=customer_id,
                campaign_id=campaign_id,
                status=status,
                before=cursor,
                limit=limit,
            )

    @api.get(
        "/messages/{message_id}",
        summary="Why a message was sent, or not sent",
        dependencies=[requires("notifications.messages.read"), guarded],
    )
    def show_message(message_id: UUID) -> MessageDetail:
        """Every decision about it with its rule and reason, the first one first."""
        with reading(engine) as connection:
            return _detail(connection, message_id)

    @api.post(
        "/messages/{message_id}/reconciliation",
        summary="Say what became of an unknown message",
        response_model=MessageDetail,
        dependencies=[requires("notifications.messages.reconcile"), guarded],
    )
    def reconcile(message_id: UUID, body: Reconciliation, call: CallDep) -> Response:
        """Accepted: it counts as sent. Not accepted: it is decided anew, as if that attempt had not been."""
        cause = call.cause(clock.now())

        def done(connection: Connection, _lock: bool) -> MessageDetail:
            contacts.reconcile(connection, cause, message_id, accepted=body.accepted, note=body.note)
            return _detail(connection, message_id)

        return call.answer(engine, done)

    @api.get(
        "/campaigns/{campaign_id}/funnel",
        summary="What became of a campaign's messages",
        dependencies=[requires("notifications.funnel.read"), Depends(ForTheWholeChain())],
    )
    def show_funnel(campaign_id: UUID) -> FunnelView:
        """Counts by rule; no member is named."""
        with reading(engine) as connection:
            return funnel(connection, campaign_id)


def _detail(connection: Connection, message_id: UUID) -> MessageDetail:
    found = message_detail(connection, message_id)
    if found is None:
        raise no_message(message_id)
    return found
