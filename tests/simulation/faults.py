"""What goes wrong, and how often: each seed draws its own weather, from calm to all of it at once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields

import psycopg
from psycopg import errors as pg

from shared.contracts.envelope import Outgoing
from shared.kernel.errors import TransientError
from shared.messaging.message import Record
from tests.simulation.database import Database, Session
from tests.simulation.scheduler import Scheduler

BETWEEN_TURNS = ("killed", "stalled", "rebalanced", "database_away", "log_away", "minutes_pass", "days_pass")


@dataclass
class Weather:
    """Chances: per turn for what befalls processes and servers, per call for what befalls a call."""

    killed: float = 0.004
    stalled: float = 0.004
    rebalanced: float = 0.01
    database_away: float = 0.0006
    log_away: float = 0.001
    statement_lost: float = 0.004
    statement_refused: float = 0.003
    commit_lost: float = 0.02
    answer_lost: float = 0.03
    publish_fails: float = 0.05
    acknowledgement_lost: float = 0.05
    hole: float = 0.1
    delivery_skips: float = 0.1
    delivery_repeats: float = 0.05
    refused: float = 0.01
    minutes_pass: float = 0.004
    days_pass: float = 0.003
    clear: bool = False

    @classmethod
    def of(cls, chance: random.Random) -> Weather:
        """Every kind of fault is off in half of the seeds, so that one does not hide another."""
        return cls(
            **{f.name: getattr(cls, f.name) * chance.choice((0, 0, 1, 3)) for f in fields(cls) if f.name != "clear"}
        )

    def clear_up(self) -> None:
        """Nothing goes wrong any more."""
        for field in fields(self):
            setattr(self, field.name, 0.0)
        self.clear = True


class Chaos:
    """Draws the faults of one seed: `connection.Faults`, `log.LogFaults`, and what happens between turns."""

    def __init__(self, seed: int, scheduler: Scheduler) -> None:
        self._chance = random.Random(f"faults {seed}")  # noqa: S311 - reproducible on purpose
        self.weather = Weather.of(self._chance)
        self._scheduler = scheduler
        self.log_away_until = 0.0
        self.happened: dict[str, int] = {}

    def draws(self, kind: str) -> bool:
        """Whether it happens now."""
        probability = getattr(self.weather, kind)
        if probability and self._chance.random() < probability:
            self.happened[kind] = self.happened.get(kind, 0) + 1
            self._scheduler.note(kind)
            return True
        return False

    @property
    def _acting(self) -> bool:
        return self._scheduler.current is not None

    # The database

    def connecting(self) -> None:
        """The server says itself whether it is there."""

    def executing(self, session: Session) -> None:
        if self.draws("statement_lost"):
            session.abort()
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        if self.draws("statement_refused"):
            session.failed = True
            kinds = (pg.SerializationFailure, pg.DeadlockDetected, pg.QueryCanceled)
            raise self._chance.choice(kinds)("refused by the weather")

    def committing(self, session: Session) -> None:
        if self._acting and self.draws("commit_lost"):
            session.abort()
            raise psycopg.OperationalError("server closed the connection before the commit")

    def committed(self, session: Session) -> None:
        if self._acting and self.draws("answer_lost"):
            session.abort()
            raise psycopg.OperationalError("server closed the connection after the commit")

    # The log

    def publishing(self, records: int) -> int | None:
        self.asking()
        return self._chance.randint(0, records) if records and self.draws("publish_fails") else None

    def acknowledging(self) -> None:
        if self.draws("acknowledgement_lost"):
            raise TransientError("no acknowledgement came")

    def asking(self) -> None:
        if self._scheduler.now < self.log_away_until:
            raise TransientError("no broker answers")

    def hole(self) -> int:
        return self._chance.randint(1, 3) if self.draws("hole") else 0

    def delivery(self, records: Sequence[Record]) -> Sequence[Record]:
        if self.draws("delivery_skips"):
            at = self._chance.randrange(len(records))
            records = [*records[:at], *records[at + 1 :]]
        return records

    def goes_back(self) -> bool:
        return self.draws("delivery_repeats")

    def refuses(self, record: Outgoing) -> bool:  # noqa: ARG002 - any may be
        return self.draws("refused")

    # Between turns

    def strike(self, database: Database) -> str | None:
        """What befalls processes and servers before the next turn; one thing at most, and its name."""
        scheduler, chance = self._scheduler, self._chance
        if scheduler.turn % 16 == 0:
            for session in [session for session in database.sessions if session.idle_too_long()]:
                session.abort()
        kind = self._drawn()
        if kind is None:
            return None
        self.happened[kind] = self.happened.get(kind, 0) + 1
        scheduler.note(kind)
        mortal = [actor for actor in scheduler.actors if actor.mortal and not actor.ended]
        # Who rests has nothing to lose: those who are in the middle of something come first.
        mortal = [actor for actor in mortal if actor.wakes_at <= scheduler.now and actor.at != "start"] or mortal
        match kind:
            case "killed":
                actor = chance.choice(mortal)
                scheduler.note(f"{actor.name} is killed at: {actor.at}")
                scheduler.kill(actor)
            case "stalled":
                actor = chance.choice(mortal)
                seconds = chance.choice((1.0, 5.0, 20.0, 90.0))
                scheduler.note(f"{actor.name} is stopped for {seconds} s at: {actor.at}")
                scheduler.stall(actor, seconds)
            case "database_away":
                database.stop(chance.uniform(0.1, 2.0))
            case "log_away":
                self.log_away_until = scheduler.now + chance.uniform(0.1, 2.0)
        return kind

    def _drawn(self) -> str | None:
        if self.weather.clear:
            return None
        # One draw for all kinds: this is asked before every turn.
        drawn = self._chance.random()
        for kind in BETWEEN_TURNS:
            drawn -= getattr(self.weather, kind)
            if drawn < 0:
                return kind
        return None
