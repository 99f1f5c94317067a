"""Outcomes of attempts: as senders report them, as somebody finds them out, and of senders that are gone."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from services.notifications.application.leases import Leases
from services.notifications.application.ports import Accepted, Refused, Unknown
from services.notifications.domain.contact.commands import RecordAccepted, RecordRefused, RecordUnknown
from services.notifications.domain.contact.decider import contact_stream
from services.notifications.domain.values import CALL_LIST
from shared.commands.handler import Addressed
from shared.commands.transact import transact
from shared.database.engine import is_transient
from shared.kernel.ids import derived_id
from shared.kernel.messages import Cause

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from services.notifications.application.ports import Delivered, Delivery, OpenAttempts
    from services.notifications.domain.contact.commands import Outcome
    from services.notifications.domain.values import Attempting
    from shared.commands.handler import CommandHandler
    from shared.kernel.clock import BusinessClock

log = structlog.get_logger(__name__)

OUTCOME = "notifications.outcome"
RECOVERED_PER_COMMIT = 500
WRITE_S_MAX = 60.0
"""So long an outcome is tried to be written while the database is away; then it is unknown."""
PAUSE_FIRST = timedelta(minutes=1)
PAUSE_MAX = timedelta(hours=6)
TRIES_MAX = 10
"""Of one message, over all channels, for refusals that may pass."""


def retry_pause(attempt: int) -> timedelta:
    """How long to wait after the `attempt`-th refusal that may pass: doubled each time."""
    return min(PAUSE_FIRST * (1 << (attempt - 1)), PAUSE_MAX)


class Outcomes:
    """Writes down what became of attempts, by the batch."""

    def __init__(
        self, engine: Engine, handler: CommandHandler, clock: BusinessClock, open_attempts: OpenAttempts
    ) -> None:
        self._engine = engine
        self._handler = handler
        self._clock = clock
        self._open_attempts = open_attempts

    def record(self, delivered: Sequence[tuple[UUID, Delivery, Delivered]]) -> None:
        """What a provider said of each delivery."""
        self.write([(customer_id, self._command(delivery, said)) for customer_id, delivery, said in delivered])

    def write(self, outcomes: Sequence[tuple[UUID, Outcome]]) -> None:
        """Writes outcomes in one transaction. While the database is away it waits, for an outcome is not to be lost."""
        if not outcomes:
            return
        for attempt in Retrying(
            retry=retry_if_exception(is_transient),
            stop=stop_after_delay(WRITE_S_MAX),
            wait=wait_random_exponential(max=5),
            reraise=True,
        ):
            with attempt:
                transact(self._engine, partial(self._write, outcomes))

    def recover(self, sender: UUID) -> int:
        """Gives an outcome to what senders left that are gone; how many. A task for clerks was there all the same."""
        recovered = transact(self._engine, partial(self._recover, sender))
        if recovered:
            log.warning("attempts_recovered", attempts=recovered)
        return recovered

    def _recover(self, sender: UUID, connection: Connection, _lock: bool) -> int:
        gone: dict[UUID, bool] = {}
        left: list[Attempting] = []
        for attempt in self._open_attempts(connection, sender=sender, limit=RECOVERED_PER_COMMIT):
            if attempt.sender not in gone:
                gone[attempt.sender] = Leases.is_gone(connection, attempt.sender)
            if gone[attempt.sender]:
                left.append(attempt)
        self._write([(attempt.customer_id, _recovered(attempt)) for attempt in left], connection, _lock=True)
        return len(left)

    def _write(self, outcomes: Sequence[tuple[UUID, Outcome]], connection: Connection, _lock: bool) -> None:
        now = self._clock.now()
        units = []
        for customer_id, command in outcomes:
            # One cause per attempt and kind of outcome: written twice, it is the same.
            id_ = derived_id(OUTCOME, command.message_id, command.attempt, type(command).__name__)
            units.append([Addressed(contact_stream(customer_id), command, Cause(id_, id_, now, OUTCOME))])
        if units:
            for decision in self._handler.run(connection, units, lock=True):
                decision.unwrap()

    def _command(self, delivery: Delivery, said: Delivered) -> Outcome:
        match said:
            case Accepted():
                return RecordAccepted(delivery.message_id, delivery.attempt)
            case Unknown(detail):
                return RecordUnknown(delivery.message_id, delivery.attempt, detail=detail)
            case Refused(detail, passing):
                now = self._clock.now()
                again = passing and delivery.attempt < TRIES_MAX
                return RecordRefused(
                    delivery.message_id,
                    delivery.attempt,
                    detail=detail,
                    now=now,
                    retry_at=now + retry_pause(delivery.attempt) if again else None,
                )


def _recovered(attempt: Attempting) -> Outcome:
    if attempt.channel == CALL_LIST:
        return RecordAccepted(attempt.message_id, attempt.attempt)
    return RecordUnknown(attempt.message_id, attempt.attempt, detail="its sender was gone before the outcome")
