"""A chain of two shops, its services and everything that befalls them, from one seed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from types import SimpleNamespace
from typing import Any
from unittest import mock
from uuid import UUID

from services.stores.entrypoints.bodies import NewStore, NewStores
from shared.commands import gathering
from shared.contracts.receipts import MemberDocument
from shared.database.engine import is_transient
from shared.kernel.errors import PermanentError, RegularsError
from shared.kernel.ids import derived_id
from shared.messaging.batches import BatchReader
from shared.messaging.consumer import Consumer, Outcome
from shared.messaging.decode import Undecodable
from shared.messaging.log import Member
from shared.messaging.message import Message, Record
from shared.messaging.relay import Relay
from shared.runtime.scheduler import run_if_due
from shared.runtime.service import Service
from tests.simulation import checker
from tests.simulation.connection import STAGE
from tests.simulation.database import Database
from tests.simulation.faults import Chaos
from tests.simulation.log import SimulatedLog
from tests.simulation.people import STORES, TILLS, Till, Told, answer_of, call_of
from tests.simulation.people import card as card_of
from tests.simulation.scheduler import Process, Scheduler, Stop, Woken
from tests.simulation.services import CALM, VirtualClock, services
from tests.simulation.staff import Operator, Registration

FIRST_MOMENT = datetime(2026, 3, 1, 9, tzinfo=UTC)
BATCH_MAX = 12
SIMULATED = ("loyalty.sales", "loyalty.customers", "stores.members")
"""The consumers that run here. `loyalty.member_stores` and `stores.receipts` have their own tests."""


class World:
    """Made from a seed, then played: `step` is one turn of one actor."""

    def __init__(self, seed: int, trace: Callable[[str], None] | None = None) -> None:
        self.seed = seed
        self.services = services()
        self.scheduler = Scheduler(seed, trace)
        self.chaos = Chaos(seed, self.scheduler)
        self.database = Database(self.scheduler, self.now)
        self.log = SimulatedLog(self.scheduler, self.chaos)
        self.told = Told()
        self.known_receipts: list[dict[str, Any]] = []
        self.calls = 0
        self.rebuilt = 0
        self.closing = False
        self.healed = False
        """Whether the release with the handler's bug is replaced: until then some records cannot be handled."""
        self._days = timedelta()
        VirtualClock.moment = self.now
        STAGE.database, STAGE.faults = self.database, CALM
        self._open_shops()
        self.registration = Registration(self)
        self.tills = [Till(self, n) for n in range(5)]
        self._hire()
        woken = SimpleNamespace(Lock=threading.Lock, Event=partial(Woken, self.scheduler))
        self._waits = mock.patch.object(gathering, "threading", woken)
        """Requests wait for each other as greenlets do."""
        self._waits.start()
        STAGE.faults = self.chaos
        self.database.watch = checker.watch

    def now(self) -> datetime:
        """Business time."""
        return FIRST_MOMENT + timedelta(seconds=self.scheduler.now) + self._days

    def pass_time(self, time: timedelta) -> None:
        """Lets business time pass; nothing that waits notices."""
        self._days += time

    def step(self) -> str:
        """One turn; where the actor that had it stood."""
        match self.chaos.strike(self.database):
            case "rebalanced":
                self.log.rebalance()
            case "minutes_pass":
                self.pass_time(timedelta(minutes=10))
            case "days_pass":
                self.pass_time(timedelta(days=16))
        return self.scheduler.step()

    def close(self) -> None:
        STAGE.faults = CALM
        self.scheduler.close()
        self._waits.stop()
        self.services.forget_requests()
        self.services.forget_connections()

    # Who is who

    def customer(self, n: int) -> UUID:
        return derived_id("member", self.seed, n)

    def token(self, n: int) -> str:
        return self.services.tokeniser.token_of(MemberDocument(card=card_of(n)))

    # Work

    def call(self, method: str, path: str, key: str | None, arguments: dict[str, Any]) -> tuple[int, bytes]:
        """A call of the HTTP edge, answered as it answers."""
        call = call_of(self, method, path, key, arguments)
        return answer_of(partial(self.services.routes[method, path], call=call, **arguments))

    def consumers(self, service: Service) -> list[Consumer]:
        """A service's consumers, small batches, with the bug of this release."""
        return [self._with_bug(consumer) for consumer in service.consumers if consumer.name in SIMULATED]

    def _open_shops(self) -> None:
        status, _ = self.call("POST", "/stores/batch", None, {"body": _shops()})
        assert status == 200

    def _hire(self) -> None:
        stop = Stop(self.scheduler)
        served = [self.scheduler.add(f"till {till._name}", till.work) for till in self.tills]
        for thread in served:
            # One process serves them all: small receipts that come at once share a transaction.
            thread.process = Process(served, self.services.forget_requests)
        self.scheduler.add("registration", self.registration.work, mortal=False)
        for member in ("one", "two"):
            for service in self.services.all:
                for consumer in self.consumers(service):
                    self.scheduler.add(f"{consumer.name} {member}", partial(self._consume, service, consumer, member))
                self.scheduler.add(f"{service.name} relay {member}", partial(self._relay, service, stop))
            self.scheduler.add(f"jobs {member}", self._keep_time)
        for n in range(2):
            self.scheduler.add(f"operator {n}", Operator(self, n).work)

    def _consume(self, service: Service, consumer: Consumer, member: str) -> None:
        reader = BatchReader(service.engine, consumer, self.log)
        self.log.feed(reader, Member(name=member), Stop(self.scheduler))

    def _relay(self, service: Service, stop: Stop) -> None:
        Relay(service.name, service.engine, self.log).run(stop)

    def _keep_time(self) -> None:
        clock = VirtualClock()
        while True:
            for service in self.services.all:
                for job in service.jobs:
                    try:
                        run_if_due(job, service.engine, clock.today("UTC"))
                    except Exception as error:
                        if not (isinstance(error, RegularsError) or is_transient(error)):
                            raise
            self.scheduler.rest(self.scheduler.chance.uniform(0.5, 2.5), "waits for its time")

    def _with_bug(self, consumer: Consumer) -> Consumer:
        def handle(connection: Any, batch: Sequence[Message[Any]], *, lock: bool) -> Sequence[Outcome]:
            outcomes = list(consumer.handle(connection, batch, lock=lock))
            if not self.healed:
                for n, message in enumerate(batch):
                    if message.event_id.int % 17 == 0:
                        raise ValueError("a bug of this release, after it has written")
                    if message.event_id.int % 19 == 0:
                        outcomes[n] = Outcome(PermanentError("bug", "another bug of this release"))
            return outcomes

        def decode(record: Record, views: Any) -> Message[Any] | None:
            message = consumer.decode(record, views)
            if message is not None and not self.healed and message.event_id.int % 23 == 0:
                raise Undecodable("bug", "cannot be read by this release")
            return message

        return replace(consumer, handle=handle, decode=decode, batch_size_max=BATCH_MAX)


@cache
def _shops() -> NewStores:
    stores = [NewStore(store=store, name=store, time_zone="UTC", currency="CNY", tills=list(TILLS)) for store in STORES]
    return NewStores.model_construct(stores=stores)
