"""The invariants, checked from the committed rows and the log alone: none of the services' code is asked.

`watch` is told of every change, `safety` holds at every moment, `at_rest` once everything has been handled. All raise
`Breach`, which names the invariant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.invariants_flow import (
    drained,
    handled_all,
    nothing_untold,
    offered,
    parked_waits,
    told_in_order,
)
from tests.simulation.invariants_ledger import balances, lots, redemptions, settled_once, zero_sum
from tests.simulation.invariants_sales import (
    acknowledged,
    ids_follow_from_causes,
    nothing_outlives_its_day,
    points_by_a_naive_model,
    receipts_find_their_members,
    sales_once,
    streams_are_whole,
    sums_by_day,
    the_erased_are_gone,
)
from tests.simulation.schema import Row
from tests.simulation.view import View, require

if TYPE_CHECKING:
    from tests.simulation.world import World


def watch(_service: str, table: str, before: Row | None, after: Row | None) -> None:
    """What a single change must not do."""
    if table == "consumer_offsets" and before is not None and after is not None:
        require(
            before["next_offset"] <= after["next_offset"],
            "offsets only grow",
            lambda: f"{before['consumer']} goes back from {before['next_offset']} to {after['next_offset']}",
        )


SAFETY = (
    zero_sum,
    streams_are_whole,
    balances,
    lots,
    settled_once,
    ids_follow_from_causes,
    sales_once,
    acknowledged,
    redemptions,
    nothing_untold,
    told_in_order,
    offered,
    parked_waits,
)
AT_REST = (
    drained,
    handled_all,
    points_by_a_naive_model,
    receipts_find_their_members,
    sums_by_day,
    the_erased_are_gone,
    nothing_outlives_its_day,
)


def safety(world: World) -> None:
    """What holds at every moment."""
    view = View(world)
    for check in SAFETY:
        check(view)


def at_rest(world: World) -> None:
    """What holds once everything was handled."""
    view = View(world)
    for check in (*SAFETY, *AT_REST):
        check(view)
