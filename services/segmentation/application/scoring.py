"""Scores: made for everybody by a sweep, kept up by each member's own sales, published when they change.

The row of a member in `member_facts` is her lock: whoever rescores her holds it, so two never cross. A sweep
commits its cuts before it rescores anybody. From that moment each sale scores by the new cuts, and the sweep
comes by everybody whom an earlier sale scored by the old ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.segmentation.domain.scores import Cuts, Scored, Sweep
from shared.contracts.segmentation import ScoresChanged, ScoresWithdrawn
from shared.database.batch import fetch, run
from shared.kernel.ids import derived_id
from shared.kernel.messages import Cause
from shared.messaging.outbox import Origin, Published, add_to_outbox

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from services.segmentation.application.ports import MemberFacts

SERVICE = "segmentation"
MEMBERS_PER_TRANSACTION = 1_000


class Scoring:
    """Gives scores and takes them back. Everything but `rescore_all` runs inside the caller's transaction."""

    def __init__(self, facts: MemberFacts) -> None:
        self._facts = facts

    def hold_sweeps(self, connection: Connection) -> None:
        """Lets no sweep commit new cuts until the transaction ends: what it rescores, it rescores by one sweep."""
        run(connection, "lock table score_cuts in row share mode")

    def set_cuts(self, connection: Connection, as_of: date, swept_at: datetime) -> Sweep:
        """Makes the cuts as of a date the ones that count from the commit on; `rescore_all` has to follow."""
        cuts = self._facts.cuts_as_of(connection, as_of)
        # Waits for batches that score by the old cuts: after the commit all they scored is there to be found.
        # Taken after the long query, so that sales wait for an insert and not for the whole sweep.
        run(connection, "lock table score_cuts in exclusive mode")
        rows = fetch(
            connection,
            """
            insert into score_cuts (as_of, swept_at, population, recency, frequency, money)
            values (%(as_of)s, %(swept_at)s, %(population)s, %(recency)s::bigint[], %(frequency)s::bigint[],
                    %(money)s::bigint[])
            returning sweep
            """,
            {
                "as_of": as_of,
                "swept_at": swept_at,
                "population": cuts.population,
                "recency": list(cuts.recency),
                "frequency": list(cuts.frequency),
                "money": list(cuts.money),
            },
        )
        return Sweep(rows[0][0], swept_at, cuts)

    def rescore_all(self, engine: Engine) -> int:
        """Scores every member by the newest cuts, some per transaction; how many members' scores changed.

        Called again, also after a crash half way, it does what is left.
        """
        changed, after = 0, None
        while True:
            with engine.begin() as connection:
                members = self._facts.lock_members(connection, after=after, limit=MEMBERS_PER_TRANSACTION)
                sweep = newest_sweep(connection)
                if not members or sweep is None:
                    return changed
                id_ = derived_id(SERVICE, "sweep", sweep.number)
                cause = Cause(id_, id_, sweep.swept_at)
                changed += self.rescore(connection, dict.fromkeys(members, cause))
                after = members[-1]

    def rescore(self, connection: Connection, causes: Mapping[UUID, Cause]) -> int:
        """Scores the members of `causes` by the newest cuts and publishes what changed; how many did.

        The caller holds their facts. Before the first sweep nobody has a score.
        """
        sweep = newest_sweep(connection) if causes else None
        if sweep is None:
            return 0
        held = _held(connection, causes)
        scored = self._score(connection, sweep.cuts, causes)
        fresh = [score for customer_id, score in scored.items() if held.get(customer_id) != score]
        gone = [customer_id for customer_id in held if customer_id not in scored]
        _keep(connection, fresh)
        _forget(connection, gone)
        told = [score for score in fresh if _rfm(held.get(score.customer_id)) != _rfm(score)]
        add_to_outbox(connection, SERVICE, _publish(told, gone, causes))
        return len(told) + len(gone)

    def _score(self, connection: Connection, cuts: Cuts, customers: Collection[UUID]) -> dict[UUID, Scored]:
        if not cuts.population:
            return {}
        facts = self._facts.facts_as_of(connection, cuts.as_of, customers)
        return {member.customer_id: cuts.score(member) for member in facts}


def newest_sweep(connection: Connection) -> Sweep | None:
    """The sweep whose cuts count, or None before the first."""
    rows = fetch(
        connection,
        "select sweep, swept_at, as_of, population, recency, frequency, money from score_cuts"
        " order by sweep desc limit 1",
    )
    if not rows:
        return None
    number, swept_at, as_of, population, recency, frequency, money = rows[0]
    return Sweep(number, swept_at, Cuts(as_of, population, tuple(recency), tuple(frequency), tuple(money)))


def _rfm(score: Scored | None) -> tuple[int, int, int] | None:
    return score and (score.r, score.f, score.m)


def _publish(changed: Collection[Scored], gone: Collection[UUID], causes: Mapping[UUID, Cause]) -> Iterator[Published]:
    for score in changed:
        customer_id, as_of, _, _, _, r, f, m = score
        event = ScoresChanged(customer_id=customer_id, as_of=as_of, recency=r, frequency=f, money=m)
        origin = _origin(causes[customer_id], customer_id, as_of, r, f, m)
        yield Published(origin, str(customer_id), event)
    for customer_id in gone:
        origin = _origin(causes[customer_id], customer_id, "withdrawn")
        yield Published(origin, str(customer_id), ScoresWithdrawn(customer_id=customer_id))


def _origin(cause: Cause, *change: object) -> Origin:
    # The cause alone would not do: a sweep changes many. The scores alone would not either: they may come back.
    return Origin(
        derived_id(cause.id, SERVICE, *change), cause.occurred_at, cause.id, cause.correlation_id, cause.trace
    )


def _held(connection: Connection, customers: Collection[UUID]) -> dict[UUID, Scored]:
    rows = fetch(
        connection,
        "select customer_id, as_of, recency_days, receipts, sales_minor, r, f, m from member_scores"
        " where customer_id in (select unnest(%(customers)b::uuid[]))",
        {"customers": list(customers)},
    )
    return {row[0]: Scored(*row) for row in rows}


def _keep(connection: Connection, scores: Collection[Scored]) -> None:
    if not scores:
        return
    names = Scored._fields
    run(
        connection,
        f"""
        insert into member_scores ({", ".join(names)})
        select * from unnest(%(customer_id)b::uuid[], %(as_of)b::date[], %(recency_days)b::int[],
                             %(receipts)b::bigint[], %(sales_minor)b::bigint[],
                             %(r)b::smallint[], %(f)b::smallint[], %(m)b::smallint[])
        on conflict (customer_id) do update
          set (as_of, recency_days, receipts, sales_minor, r, f, m) = row (excluded.as_of, excluded.recency_days,
            excluded.receipts, excluded.sales_minor, excluded.r, excluded.f, excluded.m)
        """,
        {name: list(column) for name, column in zip(names, zip(*scores, strict=True), strict=True)},
    )


def _forget(connection: Connection, customers: Collection[UUID]) -> None:
    if customers:
        run(
            connection,
            "delete from member_scores where customer_id in (select unnest(%(customers)b::uuid[]))",
            {"customers": list(customers)},
        )
