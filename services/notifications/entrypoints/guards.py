"""Who may see a message, a task or a campaign: it is seen with its member."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from fastapi.concurrency import run_in_threadpool

from services.notifications.domain.contact.errors import CallNotFound, MessageNotFound
from shared.access.calls import CallerDep
from shared.access.permissions import WHOLE_CHAIN
from shared.access.visibility import Guard

if TYPE_CHECKING:
    from shared.access.visibility import Members
    from shared.kernel.errors import NotFound


class SeesMessage(Guard):
    """For routes with a `message_id` in their path."""

    def __init__(self, members: Members) -> None:
        self._members = members

    async def __call__(self, message_id: UUID, caller: CallerDep) -> None:
        if caller.scope != WHOLE_CHAIN:
            rows = "select customer_id from messages where message_id = %(id)s"
            await run_in_threadpool(self._members.require_row, caller, rows, message_id, no_message)


class SeesTask(Guard):
    """For routes with a `task_id` of the call list in their path."""

    def __init__(self, members: Members) -> None:
        self._members = members

    async def __call__(self, task_id: UUID, caller: CallerDep) -> None:
        if caller.scope != WHOLE_CHAIN:
            rows = "select customer_id from call_list where message_id = %(id)s"
            await run_in_threadpool(self._members.require_row, caller, rows, task_id, no_task)


def no_message(message_id: UUID) -> NotFound:
    """The answer to an id of no message, and of one out of scope."""
    return MessageNotFound(f"no message {message_id}; check the id", message_id=str(message_id))


def no_task(task_id: UUID) -> NotFound:
    """The answer to an id of no task, and of one out of scope."""
    return CallNotFound(f"no task {task_id} in the call list; look at GET /call-list", task_id=str(task_id))


def no_member(customer_id: UUID) -> NotFound:
    """The answer to an id of nobody, and of somebody out of scope."""
    return MessageNotFound(f"nothing was ever planned for customer {customer_id}", customer_id=str(customer_id))
