"""Reads arms: how many, and what each arm's members bought since a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from services.campaigns.domain.experiment.arms import Arm
from services.campaigns.domain.experiment.comparison import ArmSum
from shared.database.batch import fetch, run

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

ARMS: tuple[Arm, Arm] = ("treated", "held_out")
WORK_MEM_MB = 64


class ArmSums(NamedTuple):
    """Visits of each arm, and sales of each arm by currency; every arm and currency of one is there."""

    visits: dict[Arm, ArmSum]
    sales: dict[str, dict[Arm, ArmSum]]


def arm_sizes(connection: Connection, experiment: UUID | str) -> dict[Arm, int]:
    """How many members each arm has. Erased members are not among them any more."""
    rows = fetch(
        connection,
        "select arm, count(*) from arms where experiment = %(experiment)s group by arm",
        {"experiment": str(experiment)},
    )
    found = dict(rows)
    return {arm: found.get(arm, 0) for arm in ARMS}


def arm_sums(connection: Connection, experiment: UUID | str, since: datetime, until: datetime) -> ArmSums:
    """What each arm's members did from `since` and before `until`, net of what came back since.

    A visit is a store on a business date, however many receipts it made; a store takes one currency. One pass over
    the sales of that time.
    """
    sizes = arm_sizes(connection, experiment)
    # A hundred thousand members are hashed in memory; with the usual few megabytes they would be sorted on disk.
    run(connection, f"set local work_mem = '{WORK_MEM_MB}MB'")
    rows = fetch(
        connection,
        """
        with visits as (
          select customer_id, currency, sum(net_minor)::bigint as net from member_sales s
          where s.counted and s.occurred_at >= %(since)s and s.occurred_at < %(until)s
            and s.customer_id in (select customer_id from arms where experiment = %(experiment)s)
          group by customer_id, business_date, store_id, currency
        ), members as materialized (
          select a.arm, m.* from (
            select customer_id, currency, sum(net)::bigint as net, count(*) as visits
            from visits group by customer_id, currency) m
          join arms a on a.experiment = %(experiment)s and a.customer_id = m.customer_id
        )
        select arm, currency, sum(net), sum(net::numeric * net) from members group by arm, currency
        union all
        select arm, null, sum(visits), sum(visits * visits) from (
          select arm, sum(visits)::bigint as visits from members group by arm, customer_id) m
        group by arm
        """,
        {"experiment": str(experiment), "since": since, "until": until},
    )
    visits = {arm: ArmSum(size) for arm, size in sizes.items()}
    sales: dict[str, dict[Arm, ArmSum]] = {}
    for arm, currency, total, squares in rows:
        summed = ArmSum(sizes[arm], int(total), int(squares))
        if currency is None:
            visits[arm] = summed
        else:
            sales.setdefault(currency, {other: ArmSum(size) for other, size in sizes.items()})[arm] = summed
    return ArmSums(visits, dict(sorted(sales.items())))
