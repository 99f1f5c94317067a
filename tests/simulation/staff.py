"""Who runs the chain: the registration of members, and operators."""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from shared.access.problems import from_error
from shared.contracts.base import IntegrationEvent
from shared.contracts.customers import CustomerErased, CustomerRegistered, IdentifierLinked
from shared.contracts.envelope import wrap
from shared.kernel.errors import TransientError
from shared.kernel.ids import derived_id
from shared.messaging.parking import list_parked
from shared.messaging.redrive import redrive
from shared.messaging.relay import parked_rows, publish_again
from shared.projections.rebuild import RebuildRunning, rebuild_projection

if TYPE_CHECKING:
    from tests.simulation.world import World

from tests.simulation.people import AGAIN, MEMBERS


class Registration:
    """Members come, show their cards, and a few are erased: told as `customers` tells it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = random.Random(f"members {world.seed}")  # noqa: S311 - reproducible on purpose
        self._to_tell: deque[tuple[float, IntegrationEvent]] = deque()
        moments = sorted((self._chance.uniform(0, 2.5), n) for n in range(MEMBERS))
        facts: list[tuple[float, IntegrationEvent]] = []
        for moment, n in moments:
            customer, token = world.customer(n), world.token(n)
            at = world.now()
            facts.append((moment, CustomerRegistered(customer_id=customer, occurred_at=at)))
            facts.append(
                (moment + 0.1, IdentifierLinked(customer_id=customer, occurred_at=at, kind="card", token=token))
            )
            if self._chance.random() < 0.15:
                gone = moment + self._chance.uniform(0.2, 2)
                facts.append((gone, CustomerErased(customer_id=customer, occurred_at=at, tokens=(token,))))
        self._to_tell.extend(sorted(facts, key=lambda fact: fact[0]))

    @property
    def done(self) -> bool:
        return not self._to_tell

    def work(self) -> None:
        scheduler = self._world.scheduler
        while not self.done:
            scheduler.rest(0.1, "waits for members")
            if self._to_tell[0][0] <= scheduler.now or self._world.closing:
                self.tell_next()

    def tell_next(self) -> None:
        """Publishes one fact, again and again until the log has it."""
        event: Any = self._to_tell[0][1]
        id_ = derived_id("fact", self._world.seed, event.type, event.customer_id)
        record = wrap(
            event,
            key=str(event.customer_id),
            event_id=id_,
            source="/customers",
            time=self._world.now(),
            correlation_id=id_,
            causation_id=id_,
        )
        try:
            refused = self._world.log.publish([record])
        except TransientError:
            return
        if not refused:
            self._told(id_, event)
            self._to_tell.popleft()

    def _told(self, id_: UUID, event: Any) -> None:
        told = self._world.told
        told.published[id_] = event.type
        if isinstance(event, IdentifierLinked):
            told.tokens[event.token] = event.customer_id
        elif isinstance(event, CustomerErased):
            told.erased.add(event.customer_id)


class Operator:
    """Redrives what is parked, publishes again what the log refused, makes read models anew."""

    def __init__(self, world: World, n: int) -> None:
        self._world = world
        self._chance = random.Random(f"operator {world.seed} {n}")  # noqa: S311 - reproducible on purpose

    def work(self) -> None:
        while True:
            self._world.scheduler.rest(self._chance.uniform(0.1, 0.8), "has a coffee")
            try:
                self._chance.choices((self._redrive, self._publish_again, self._rebuild), (5, 2, 2))[0]()
            except (TransientError, RebuildRunning):
                continue
            except Exception as error:
                if orjson.loads(bytes(from_error(error).body))["code"] not in AGAIN:
                    raise

    def _redrive(self) -> None:
        service = self._chance.choice(self._world.services.all)
        with service.engine.begin() as connection:
            rows = [row for row in list_parked(connection) if row.reason != "erased"]
        if rows:
            row = self._chance.choice(rows)
            consumer = next(c for c in self._world.consumers(service) if c.name == row.consumer)
            redrive(service.engine, consumer, self._world.log, row.id)

    def _publish_again(self) -> None:
        service = self._chance.choice(self._world.services.all)
        with service.engine.begin() as connection:
            rows = parked_rows(connection)
            if rows:
                publish_again(connection, self._chance.choice(rows).id)

    def _rebuild(self) -> None:
        if self._world.closing:
            return
        service = self._chance.choice(self._world.services.all)
        # What waited long enough is not in the live table and never found: it comes back and is removed again.
        projections = [p for p in service.handler.projections if p.name != "waiting_receipts"]
        projection = self._chance.choice(projections)
        report = rebuild_projection(service.engine, service.handler.store, projection, "app")
        self._world.rebuilt += 1
        if not report.equal:
            raise AssertionError(f"rebuild: the live table was another one than its events say: {report.tables}")
