"""Writes arms as they are assigned; an arm that is there stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.experiment.events import ArmsAssigned
from services.campaigns.read_models.arms.table import ARMS
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[ArmsAssigned]]) -> None:
    """One row per member and experiment, none of an erased member."""
    rows = [
        (record.stream.id, customer_id, arm)
        for record in batch
        for arm, customers in (("treated", record.event.treated), ("held_out", record.event.held_out))
        for customer_id in customers
    ]
    if not rows:
        return
    experiments, customers, arms = map(list, zip(*rows, strict=True))
    run(
        connection,
        f"""
        insert into {table} (experiment, customer_id, arm)
        select a.* from unnest(%(experiments)b::text[], %(customers)b::uuid[], %(arms)b::text[])
          as a(experiment, customer_id, arm)
        where not exists (select from erased_customers e where e.customer_id = a.customer_id)
        on conflict do nothing
        """,
        {"experiments": experiments, "customers": customers, "arms": arms},
    )


PROJECTION = Projection(ARMS, frozenset({ArmsAssigned.type}), project)
