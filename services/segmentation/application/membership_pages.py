"""Memberships of everybody, a page per transaction: as a day begins, and as a segment is new or has another rule.

SQL finds those of a page whose memberships are not what the rules say; only they are judged in memory and written.
So a day on which little changes writes little, and what is published has its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from shared.database.batch import fetch, run
from shared.kernel.ids import derived_id
from shared.kernel.messages import Cause

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy import Connection, Engine

    from services.segmentation.application.memberships import Memberships
    from services.segmentation.domain.membership import Definition

SERVICE = "segmentation"
MEMBERS_PER_TRANSACTION = 1_000


class Pending(NamedTuple):
    """A segment whose newest rule has not been tried on everybody, and the last member it was tried on."""

    code: str
    version: int
    through: UUID | None


class MembershipPages:
    """Brings everybody's memberships up to date. Called again, also after a crash half way, it does what is left."""

    def __init__(self, engine: Engine, memberships: Memberships) -> None:
        self._engine = engine
        self._memberships = memberships

    def sweep(self, today: date) -> int:
        """All segments of all members as of `today`; how many memberships changed."""
        with self._engine.begin() as connection:
            _admit_all(connection)
        id_ = derived_id(SERVICE, "membership sweep", today)
        changed, after = 0, None
        while True:
            with self._engine.begin() as connection:
                page = _lock_page(connection, after)
                if not page:
                    return changed
                # Read behind the locks: see `memberships`.
                definitions = self._memberships.definitions(connection)
                changed += self._bring_up(connection, page, definitions, id_, today, named=True)
                after = page[-1]

    def compute(self, today: date) -> int:
        """Segments that are new or have another rule, on everybody; how many memberships changed."""
        changed = 0
        while True:
            with self._engine.begin() as connection:
                pending = _next_pending(connection)
                if pending is None:
                    return changed
                page = _lock_page(connection, pending.through)
                known = self._memberships.definitions(connection)
                definitions = [d for d in known if (d.code, d.version) == (pending.code, pending.version)]
                # None: it was changed while we waited for the page. Then the new version begins from the start.
                if page and definitions:
                    id_ = derived_id(SERVICE, "segment", pending.code, pending.version)
                    changed += self._bring_up(connection, page, definitions, id_, today, named=False)
                _remember(connection, pending, page)

    def _bring_up(
        self,
        connection: Connection,
        page: Sequence[UUID],
        definitions: Collection[Definition],
        id_: UUID,
        today: date,
        *,
        named: bool,
    ) -> int:
        members = self._memberships.members
        differing = members.differing(connection, page, definitions, self._memberships.yardsticks, today, named=named)
        if not differing:
            return 0
        cause = Cause(id_, id_, self._memberships.clock.now())
        return self._memberships.decide(connection, dict.fromkeys(differing, cause), list(definitions), today)


def _admit_all(connection: Connection) -> None:
    """Whoever is known by a read model alone: rebuilt from before there were segments, or filled by other means."""
    run(connection, "lock table erased_customers in row share mode")
    run(
        connection,
        """
        insert into members (customer_id)
        select customer_id from (select customer_id from member_facts union select customer_id from member_profiles) k
        where not exists (select from members m where m.customer_id = k.customer_id)
          and not exists (select from erased_customers e where e.customer_id = k.customer_id)
        order by customer_id on conflict do nothing
        """,
    )


def _lock_page(connection: Connection, after: UUID | None) -> list[UUID]:
    rows = fetch(
        connection,
        "select customer_id from members where %(after)s::uuid is null or customer_id > %(after)s::uuid"
        " order by customer_id limit %(limit)s for update",
        {"after": after, "limit": MEMBERS_PER_TRANSACTION},
    )
    return [customer_id for (customer_id,) in rows]


def _next_pending(connection: Connection) -> Pending | None:
    rows = fetch(
        connection,
        """
        select s.code, s.version, case when c.version = s.version then c.through end
        from segments s left join segment_computations c on c.code = s.code
        where c.code is null or c.version <> s.version or not c.finished order by s.code limit 1
        """,
    )
    return Pending(*rows[0]) if rows else None


def _remember(connection: Connection, pending: Pending, page: Sequence[UUID]) -> None:
    run(
        connection,
        """
        insert into segment_computations as c (code, version, through, evaluated, finished)
        values (%(code)s, %(version)s, %(through)s, %(evaluated)s, %(finished)s)
        on conflict (code) do update
          set version = excluded.version, through = coalesce(excluded.through, c.through), finished = excluded.finished,
              evaluated = excluded.evaluated + case when c.version = excluded.version then c.evaluated else 0 end
        """,
        {
            "code": pending.code,
            "version": pending.version,
            "through": page[-1] if page else None,
            "evaluated": len(page),
            "finished": not page,
        },
    )
