"""What can be mended by itself after a restore: erasures that came undone, and receipts of which others heard more."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.customers import bootstrap as customers
from services.customers.settings import CustomersSettings
from services.reconciling import read_topic
from services.stores import bootstrap as stores
from services.stores.settings import StoresSettings
from shared.commands.transact import transact
from shared.contracts.customers import CUSTOMERS_TOPIC, CustomerErased
from shared.kernel.ids import derived_id
from shared.kernel.messages import Cause
from shared.runtime.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from services.reconciling import Fork
    from shared.messaging.log import EventLog
    from shared.runtime.service import Service

ACTOR = "restore"
PAGE = 1_000


class Erasure(BaseModel):
    """That somebody was erased, and by what: enough to erase them again under the same id. A line of the list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    customer_id: UUID
    erased_at: AwareDatetime
    causation_id: UUID
    correlation_id: UUID
    tokens: tuple[str, ...] = ()


def erasures_known(service: Service) -> Iterator[Erasure]:
    """Every erasure that `customers` knows, the oldest first: the list that is kept apart from backups."""
    store = service.handler.store
    with service.engine.begin() as connection:
        head, after = store.head(connection), 0
        while page := store.read_all(connection, after=after, up_to=head, limit=PAGE, types=["customer_erased"]):
            after = page[-1][0]
            for _, record in page:
                yield Erasure(
                    customer_id=UUID(record.stream.id),
                    erased_at=record.occurred_at,
                    causation_id=record.causation_id,
                    correlation_id=record.correlation_id,
                    tokens=record.event.model_dump()["tokens"],
                )


def erasures_told(event_log: EventLog) -> Iterator[Erasure]:
    """Every erasure on the log, where others have heard of it."""
    for told in read_topic(event_log, CUSTOMERS_TOPIC):
        if told.type == CustomerErased.type:
            yield Erasure(
                customer_id=told.body["customer_id"],
                erased_at=told.body["occurred_at"],
                causation_id=UUID(told.headers["ce_causationid"]),
                correlation_id=UUID(told.headers["ce_correlationid"]),
                tokens=told.body["tokens"],
            )


def erase_again(service: Service, erasures: Iterable[Erasure]) -> tuple[int, int]:
    """Erases whom a restore of `customers` brought back; how many erasures there are, and how many were needed.

    Each for its old cause, so that what is told of it has its old id and is a copy to whoever heard it.
    """
    commands = customers.build_commands(read_settings(CustomersSettings))
    known, needed = 0, 0
    for erasure in erasures:
        cause = Cause(erasure.causation_id, erasure.correlation_id, erasure.erased_at, ACTOR)

        def work(connection: Connection, lock: bool, erasure: Erasure = erasure, cause: Cause = cause) -> bool:
            return commands.erase_again(connection, erasure.customer_id, erasure.tokens, cause, lock=lock)

        known += 1
        needed += transact(service.engine, work)
    return known, needed


def retell(service: Service, forks: Iterable[Fork]) -> int:
    """Tells receipts of `stores` anew, as newer than whatever was heard of them; how many."""
    settings = read_settings(StoresSettings)
    receipts, now = stores.build_receipts(settings), settings.business_clock().now()
    retold = 0
    for fork in forks:
        category, _, receipt_id = fork.stream.partition("-")
        if fork.service != service.name or category != "receipt" or fork.lost:
            continue
        id_ = derived_id("retold", fork.stream, fork.heard_version)

        def work(
            connection: Connection, lock: bool, fork: Fork = fork, id_: UUID = id_, which: str = receipt_id
        ) -> bool:
            return receipts.retell(
                connection,
                UUID(which),
                Cause(id_, id_, now, ACTOR),
                heard_version=fork.heard_version,
                heard_customer_id=fork.heard_customer_id,
                lock=lock,
            )

        retold += transact(service.engine, work)
    return retold
