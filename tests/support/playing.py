"""Playing a world to its end: what it came to, and what the auditor checked."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.database.batch import fetch
from shared.messaging.log_kafka import KafkaLog
from shared.testing.waiting import until
from tests.support.auditing import audit_all, figures
from tests.support.world import ZONE, World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.processes import Processes
    from tests.support.world import Step

LATER = datetime(2028, 5, 1, 12, tzinfo=ZONE)
"""When every reservation of a world is over and every point has expired."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a world ended: what has to be equal to its twin, how many processes died, which invariants were checked."""

    figures: dict[str, Any]
    deaths: int
    invariants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Twin:
    """A world in which nothing happened: how it ended, and what it was when two years had passed."""

    end: dict[str, Any]
    later: dict[str, Any]


def small_world(seed: int) -> World:
    """As little as a fault needs to find everything in the middle of something."""
    return World(seed, receipts=90, chunk=15, changed=2)


def play_twin(processes: Processes, world: World) -> Twin:
    """The world without a fault."""
    send_all(processes, world.steps)
    end = ended(processes).figures
    assert len(end["settled"]) > len(world.steps)
    let_time_pass(processes)
    twin = Twin(end, ended(processes).figures)
    assert processes.deaths == 0
    return twin


def send_all(processes: Processes, steps: Iterable[Step]) -> None:
    """Sends every request until it is answered; none may be refused."""
    for step in steps:
        answer = processes.send(step)
        assert answer.is_success, (step.path, answer.status_code, answer.text)


def ended(processes: Processes) -> Ended:
    """Waits until everything is handled, and looks at what it came to."""
    processes.settle()
    settings = processes.kafka
    with closing(KafkaLog(settings) if settings else processes.database.log()) as event_log:
        invariants = audit_all(processes.database, event_log, acknowledged=processes.acknowledged)
    return Ended(figures(processes.database), processes.deaths, (*invariants, "equal to a twin without the fault"))


def let_time_pass(processes: Processes) -> None:
    """Two years go by; returns when what they cause has happened."""

    def over() -> bool:
        processes.revive()
        with processes.database.engine("loyalty").begin() as connection:
            [(held, expired)] = fetch(
                connection,
                """
                select (select count(*) from redemptions where status = 'reserved'),
                  (select count(*) from jobs where name = 'loyalty.expire_points' and business_date = %(today)s)
                """,
                {"today": LATER.date()},
            )
        return not held and bool(expired)

    processes.pass_time(LATER)
    until(over, what="everything that two years cause")
