"""HTTP: the call list of a store, and how calls went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from services.notifications.application.mustache import ValuesMissing
from services.notifications.application.rendering import TemplateNotFound, choose, write
from services.notifications.domain.values import CALL_LIST, CallOutcome, Language
from services.notifications.entrypoints.guards import SeesTask
from services.notifications.read_models.call_list.query import open_calls
from services.notifications.read_models.call_list.view import CallPage, CallTask
from services.notifications.read_models.messages.query import message_values
from services.notifications.read_models.templates.query import templates
from shared.access.calls import CallDep, CallerDep
from shared.access.permissions import requires
from shared.database.engine import reading
from shared.kernel.text import Code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Engine

    from services.notifications.application.contacts import Contacts
    from services.notifications.domain.values import Template, TemplateKey
    from services.notifications.read_models.call_list.query import Call
    from shared.access.visibility import Members
    from shared.kernel.clock import BusinessClock

PAGE_MAX = 200
BLANK = "____"
"""Stands for the member's name: the clerk has her open beside it."""


class CallReport(BaseModel):
    """How a call went."""

    model_config = ConfigDict(extra="forbid")

    outcome: CallOutcome


class CallRecordedView(BaseModel):
    """The call as it was written down."""

    task_id: UUID
    outcome: CallOutcome


def add_routes(api: APIRouter, engine: Engine, members: Members, contacts: Contacts, clock: BusinessClock) -> None:
    """The routes of the call list."""

    @api.get("/call-list", summary="Whom to call", dependencies=[requires("notifications.calls.read")])
    def list_calls(
        caller: CallerDep,
        store: Code | None = None,
        language: Annotated[Language, Query(description="Of the script.")] = "zh-CN",
        cursor: Annotated[UUID | None, Query(description="`next_cursor` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
    ) -> CallPage:
        """Open tasks for members in the caller's scope, with why and what to say."""
        with reading(engine) as connection:
            calls = open_calls(connection, members.visible_to(caller), store_id=store, after=cursor, limit=limit)
            wordings = templates(connection, {call.template for call in calls})
            values = message_values(connection, [call.message_id for call in calls])
        tasks = [_task(call, wordings, values.get(call.message_id, {}), language) for call in calls]
        return CallPage(items=tasks, next_cursor=calls[-1].message_id if len(calls) == limit else None)

    @api.post(
        "/call-list/{task_id}/outcome",
        summary="Say how a call went",
        response_model=CallRecordedView,
        dependencies=[requires("notifications.calls.write"), Depends(SeesTask(members))],
    )
    def record_call(task_id: UUID, body: CallReport, call: CallDep) -> Response:
        """`no_answer` leaves the task open. `not_interested` and `wrong_number` close the channel as well."""
        cause = call.cause(clock.now())

        def done(connection: Connection, _lock: bool) -> CallRecordedView:
            contacts.record_call(connection, cause, task_id, body.outcome)
            return CallRecordedView(task_id=task_id, outcome=body.outcome)

        return call.answer(engine, done)


def _task(
    call: Call, wordings: Mapping[TemplateKey, Template], values: Mapping[str, str], language: Language
) -> CallTask:
    try:
        template = choose(wordings, call.template, CALL_LIST, language)
        content = write(template, values, name=BLANK, unsubscribe_url=None)
        script, language = content.text, content.language
    except (TemplateNotFound, ValuesMissing):
        # Its wording changed after the task was made; the clerk still knows whom to call and why.
        script = None
    return CallTask(
        task_id=call.message_id,
        customer_id=call.customer_id,
        store=call.store_id,
        why=call.template,
        campaign_id=call.campaign_id,
        purpose=call.purpose,
        script=script,
        language=language,
        outcome=call.outcome,
        calls=call.calls,
        added_at=call.added_at,
    )
