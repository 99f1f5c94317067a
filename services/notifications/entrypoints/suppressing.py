"""HTTP: the suppression list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from services.notifications.domain.values import Channel, Reach
from services.notifications.entrypoints.guards import no_member
from services.notifications.read_models.suppressions.query import suppressions
from services.notifications.read_models.suppressions.view import SuppressionPage
from shared.access.calls import CallDep, CallerDep
from shared.access.permissions import requires
from shared.database.engine import reading
from shared.kernel.text import CONTROL_FREE

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from services.notifications.application.contacts import Contacts
    from shared.access.visibility import Members
    from shared.kernel.clock import BusinessClock

PAGE_MAX = 200


class NewSuppression(BaseModel):
    """Closes a channel of a member, or opens it again."""

    model_config = ConfigDict(extra="forbid")

    customer_id: UUID
    channel: Channel
    reach: Reach = "marketing"
    reason: Literal["requested", "bounced", "complained", "wrong_number", "legal"] = "requested"
    lift: bool = False
    """Opens what is closed. Consent is another matter: without it nothing is sent all the same."""


def add_routes(api: APIRouter, engine: Engine, members: Members, contacts: Contacts, clock: BusinessClock) -> None:
    """The routes of the suppression list."""

    @api.get("/suppressions", summary="Closed channels", dependencies=[requires("notifications.suppressions.read")])
    def list_suppressions(
        caller: CallerDep,
        customer_id: UUID | None = None,
        cursor: Annotated[
            str | None, Query(max_length=60, pattern=CONTROL_FREE, description="`next_cursor` of the page before.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100,
    ) -> SuppressionPage:
        """Of members in the caller's scope, by customer and channel."""
        with reading(engine) as connection:
            return suppressions(
                connection, members.visible_to(caller), customer_id=customer_id, cursor=cursor, limit=limit
            )

    @api.post(
        "/suppressions",
        summary="Close a channel of a member, or open it again",
        response_model=SuppressionPage,
        dependencies=[requires("notifications.suppressions.write")],
    )
    def suppress(body: NewSuppression, call: CallDep) -> Response:
        """Answers with the member's closed channels. Saying it again changes nothing."""
        members.require(call.caller, body.customer_id, no_member)
        cause = call.cause(clock.now())

        def done(connection: Connection, _lock: bool) -> SuppressionPage:
            if body.lift:
                contacts.lift(connection, cause, body.customer_id, body.channel)
            else:
                contacts.suppress(connection, cause, body.customer_id, (body.channel, body.reach, body.reason))
            seen = members.visible_to(call.caller)
            return suppressions(connection, seen, customer_id=body.customer_id, cursor=None, limit=PAGE_MAX)

        return call.answer(engine, done)
