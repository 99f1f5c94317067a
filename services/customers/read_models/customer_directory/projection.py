"""Folds a batch into one row per customer and merges them with one statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.customers.domain.customer.events import (
    EVENTS,
    CustomerErased,
    CustomerRegistered,
    IdentifierLinked,
)
from services.customers.read_models.customer_directory.table import CUSTOMER_DIRECTORY
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection

    from services.customers.domain.customer.events import CustomerEvent
    from shared.eventstore.store import Recorded


@dataclass(slots=True)
class _Change:
    """What a batch says about one customer. `registered_on` is None when they were registered before it."""

    registered_on: date | None = None
    home_store: str | None = None
    kinds: set[str] = field(default_factory=set)
    erased: bool = False
    version: int = 0

    def apply(self, record: Recorded[CustomerEvent]) -> None:
        self.version = record.version
        match record.event:
            case CustomerRegistered(registered_on=registered_on, home_store=home_store):
                self.registered_on, self.home_store = registered_on, home_store
            case IdentifierLinked(kind=kind):
                self.kinds.add(kind)
            case CustomerErased():
                self.erased = True
            case _:
                pass  # A consent only moves the version.


def project(connection: Connection, table: str, batch: Sequence[Recorded[CustomerEvent]]) -> None:
    """Merges `batch`; what a row already reflects changes nothing."""
    changes: dict[str, _Change] = {}
    for record in batch:
        changes.setdefault(record.stream.id, _Change()).apply(record)
    run(
        connection,
        f"""
        merge into {table} as d
        using (
          select id, registered_on, home_store, string_to_array(kinds, ',') as kinds, erased, version
          from unnest(%(ids)b::uuid[], %(dates)b::date[], %(stores)b::text[], %(kinds)b::text[], %(erased)b::boolean[],
                      %(versions)b::int[]) as c(id, registered_on, home_store, kinds, erased, version)
        ) as c on d.customer_id = c.id
        when matched and d.version < c.version and (d.erased or c.erased) then
          update set home_store = null, identifier_kinds = '{{}}', erased = true, version = c.version
        when matched and d.version < c.version then
          update set identifier_kinds = array(select distinct unnest(d.identifier_kinds || c.kinds) order by 1),
                     version = c.version
        -- Somebody of whom only the erasure is known, after a restore, was never in the directory.
        when not matched and c.registered_on is not null then
          insert (customer_id, registered_on, home_store, identifier_kinds, erased, version)
          values (c.id, c.registered_on, case when not c.erased then c.home_store end,
                  case when c.erased then '{{}}' else c.kinds end, c.erased, c.version)
        """,
        {
            "ids": list(changes),
            "dates": [change.registered_on for change in changes.values()],
            "stores": [change.home_store for change in changes.values()],
            "kinds": [",".join(sorted(change.kinds)) for change in changes.values()],
            "erased": [change.erased for change in changes.values()],
            "versions": [change.version for change in changes.values()],
        },
    )


PROJECTION = Projection(CUSTOMER_DIRECTORY, frozenset(event.type for event in EVENTS), project)
