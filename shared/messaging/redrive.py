"""Redrive: parked records handled again, in order, by the same consumer. Never a replay of a topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.messaging.batches import BatchReader
from shared.messaging.parking import forget, take_for_redrive

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from shared.messaging.consumer import Consumer
    from shared.messaging.log import EventLog


@dataclass(frozen=True, slots=True)
class Redriven:
    """What a redrive did."""

    handled: int
    still_parked: int


def redrive(engine: Engine, consumer: Consumer, event_log: EventLog, parked_id: int) -> Redriven:
    """Handles a parked record and what waits behind it, in one transaction.

    What fails again stays parked, with everything of its key behind it. Running it twice does nothing more.
    """
    reader = BatchReader(engine, consumer, event_log)
    with engine.begin() as connection:
        rows = take_for_redrive(connection, consumer.name, parked_id)
        forget(connection, consumer.name, [row.id for row in rows])
        still_parked = reader.again(connection, rows)
    return Redriven(handled=len(rows) - still_parked, still_parked=still_parked)
