"""Keeps what is spent of each limit: every event says what it is after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.budget.events import BudgetEvent, BudgetGivenBack, BudgetTaken
from services.campaigns.read_models.budgets.table import BUDGETS
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[BudgetEvent]]) -> None:
    """Writes what is newer than the row: one statement. What a limit's most is only takings know."""
    newest = {record.stream.id: record for record in batch}
    limits = {record.stream.id: record.event for record in batch if isinstance(record.event, BudgetTaken)}
    events = [record.event for record in newest.values()]
    run(
        connection,
        f"""
        insert into {table} as b
          (budget, version, uses, money_minor, uses_over, money_minor_over, uses_max, money_minor_max)
        select * from unnest(%(budgets)b::text[], %(versions)b::int[], %(uses)b::int[], %(money)b::bigint[],
                             %(uses_over)b::int[], %(money_over)b::bigint[], %(uses_max)b::int[],
                             %(money_max)b::bigint[])
        on conflict (budget) do update set
          version = excluded.version, uses = excluded.uses, money_minor = excluded.money_minor,
          uses_over = excluded.uses_over, money_minor_over = excluded.money_minor_over,
          uses_max = coalesce(excluded.uses_max, b.uses_max),
          money_minor_max = coalesce(excluded.money_minor_max, b.money_minor_max)
        where b.version < excluded.version
        """,
        {
            "budgets": list(newest),
            "versions": [record.version for record in newest.values()],
            "uses": [event.uses_spent for event in events],
            "money": [event.money_minor_spent for event in events],
            "uses_over": [event.uses_over for event in events],
            "money_over": [event.money_minor_over for event in events],
            "uses_max": [limits[budget].uses_max if budget in limits else None for budget in newest],
            "money_max": [limits[budget].money_minor_max if budget in limits else None for budget in newest],
        },
    )


PROJECTION = Projection(BUDGETS, frozenset({BudgetTaken.type, BudgetGivenBack.type}), project)
