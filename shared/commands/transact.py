"""One request, one transaction, at most three tries, and only when another writer came between."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from shared.database.engine import lost_a_race
from shared.kernel.errors import ConcurrencyConflict
from shared.observability import metrics, tracing

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

R = TypeVar("R")

ATTEMPTS_MAX = 3


def transact(engine: Engine, work: Callable[[Connection, bool], R]) -> R:
    """Runs `work(connection, lock)` in a transaction and commits it; the edge commits, nobody else.

    On `ConcurrencyConflict`, a deadlock or a serialisation failure everything is rolled back and decided again, from
    the second try on with the streams locked first, so that the third cannot fail for the same reason.
    """
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            with engine.connect() as connection, connection.begin() as transaction:
                result = work(connection, attempt > 1)
                with tracing.step("commit"):
                    transaction.commit()
                return result
        except Exception as error:
            if not (isinstance(error, ConcurrencyConflict) or lost_a_race(error)):
                raise
            metrics.CONFLICTS.labels("requests").inc()
            if attempt == ATTEMPTS_MAX:
                raise
    raise AssertionError
