"""Relays that tell everything many times and in another order, as far as a log may: within a key, first come first."""

from __future__ import annotations

import random
import threading
from collections import defaultdict, deque
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from shared.database.batch import fetch
from shared.messaging.relay import Relay
from tests.support.processes import SERVICES

if TYPE_CHECKING:
    from shared.contracts.envelope import Outgoing
    from shared.messaging.log import EventLog, Refusal
    from tests.conftest import Database

LEAD = "select pg_try_advisory_lock(hashtextextended(current_schema() || '.relay', 0))"
PAUSE_S = 0.02


class CarelessLog:
    """Publishes each record `copies` times, mixed over the keys of a batch."""

    def __init__(self, event_log: EventLog, *, seed: int, copies: int) -> None:
        self._log = event_log
        self._chance = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self._copies = copies
        self.published = 0

    def publish(self, records: Sequence[Outgoing]) -> Sequence[Refusal]:
        mixed = self._mixed(records)
        self.published += len(mixed)
        return self._log.publish(mixed)

    def _mixed(self, records: Sequence[Outgoing]) -> list[Outgoing]:
        waiting: defaultdict[tuple[str, bytes], deque[Outgoing]] = defaultdict(deque)
        for record in records:
            waiting[record.topic, record.key].append(record)
        placed: list[tuple[float, Outgoing]] = []
        while waiting:
            key = self._chance.choice(list(waiting))
            place, record = len(placed), waiting[key].popleft()
            if not waiting[key]:
                del waiting[key]
            placed.append((place, record))
        # A copy may come at any time after the first, also behind what follows it with the same key.
        last = len(placed)
        copies = [(self._chance.uniform(at, last), record) for at, record in placed for _ in range(1, self._copies)]
        return [record for _, record in sorted([*placed, *copies], key=lambda place: place[0])]


class CarelessRelays:
    """They lead from when the block is entered, so that no other relay works, and begin to work when told."""

    def __init__(self, database: Database, *, seed: int, copies: int) -> None:
        self._database = database
        self._open = ExitStack()
        self._over = threading.Event()
        self._failed: list[Exception] = []
        self.log: Any = CarelessLog(database.log(), seed=seed, copies=copies)
        self._relays = []
        for service in SERVICES:
            engine = database.engine(service)
            leadership = self._open.enter_context(engine.connect())
            [(taken,)] = fetch(leadership, LEAD)
            leadership.commit()
            assert taken, f"somebody relays for {service} already"
            self._relays.append((Relay(service, engine, self.log), leadership))
        self._thread = threading.Thread(target=self._run, name="careless", daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._open.close()
        assert self._failed == []

    def begin(self) -> None:
        """From now on they publish."""
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._over.wait(PAUSE_S):
                for relay, leadership in self._relays:
                    relay.step(leadership)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test fails on it
            self._failed.append(error)
