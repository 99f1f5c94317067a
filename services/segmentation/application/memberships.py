"""Memberships: looked at again when a member's facts change, told when they change, each change with its reason.

A member's row in `members` is the lock of her memberships. Whoever looks at her takes it first and reads facts and
definitions behind it: so of two who changed different facts of hers the second sees both, and a definition that was
changed meanwhile is either seen here or finds her later, in its own computation.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from services.segmentation.domain.membership import Change, Definition, Held, changes
from services.segmentation.domain.rules.reach import reach_of, sides
from shared.contracts.segmentation import SegmentEntered, SegmentLeft
from shared.database.batch import fetch, run
from shared.kernel.ids import derived_id
from shared.messaging.outbox import Origin, Published, add_to_outbox

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from services.segmentation.application.ports import Definitions, RuleMembers
    from services.segmentation.domain.member import Yardsticks
    from services.segmentation.domain.rules.reach import Side
    from shared.kernel.clock import BusinessClock
    from shared.kernel.messages import Cause

SERVICE = "segmentation"
ERASED = "erased"


class Memberships:
    """Keeps who is in which segment, inside the caller's transaction."""

    def __init__(
        self, members: RuleMembers, definitions: Definitions, yardsticks: Yardsticks, clock: BusinessClock
    ) -> None:
        self.members = members
        self.definitions = definitions
        self.yardsticks = yardsticks
        self.clock = clock

    @property
    def today(self) -> date:
        """The business date that days are counted from."""
        return self.clock.today(self.yardsticks.time_zone)

    def follow(self, connection: Connection, causes: Mapping[UUID, Cause], side: Side) -> int:
        """Looks at the members of `causes` again, since facts of `side` have changed; how many memberships did.

        Only by the rules that such facts can change. The caller holds erasures (`erasure.hold_erasures`).
        """
        if not causes:
            return 0
        new = self._admit(connection, causes)
        definitions = self.definitions(connection)
        concerned = [definition for definition in definitions if side in sides(definition.rule)]
        known = {customer_id: cause for customer_id, cause in causes.items() if customer_id not in new}
        changed = self.decide(connection, known, concerned, self.today)
        # Nobody has judged them by anything yet: a rule may hold for whoever has no profile.
        return changed + self.decide(connection, {who: causes[who] for who in new}, definitions, self.today)

    def decide(
        self, connection: Connection, causes: Mapping[UUID, Cause], definitions: Sequence[Definition], today: date
    ) -> int:
        """Judges the members of `causes`, whose locks the caller holds, and keeps and tells what changed."""
        if not causes:
            return 0
        reach = reach_of(definition.rule for definition in definitions)
        held = _held(connection, causes)
        found = [
            change
            for member in self.members.facts_of(connection, causes, reach, self.yardsticks, today)
            for change in changes(member, held[member.customer_id], definitions, self.yardsticks, today)
        ]
        self._keep(connection, found, causes)
        return len(found)

    def forget(self, connection: Connection, causes: Mapping[UUID, Cause]) -> None:
        """Removes every membership of those who were erased; whoever follows segments is told that they left."""
        self._lock(connection, causes)
        held = _held(connection, causes)
        left = [
            Change(customer_id, segment, 0, inside=False, version=part.version + 1, reason=ERASED, reason_zh="")
            for customer_id, parts in held.items()
            for segment, part in sorted(parts.items())
            if part.inside
        ]
        add_to_outbox(connection, SERVICE, _publish(left, causes, self.clock.now()))
        for table in ("memberships", "members"):
            run(
                connection,
                f"delete from {table} where customer_id in (select unnest(%(customers)b::uuid[]))",
                {"customers": list(causes)},
            )

    def _admit(self, connection: Connection, customers: Collection[UUID]) -> set[UUID]:
        """Locks the members among `customers`, and makes members of the others but for the erased; who was made one."""
        missing = set(customers) - self._lock(connection, customers)
        if not missing:
            return missing
        rows = fetch(
            connection,
            """
            insert into members (customer_id)
            select a.customer_id from unnest(%(customers)b::uuid[]) as a(customer_id)
            where not exists (select from erased_customers e where e.customer_id = a.customer_id)
            order by a.customer_id on conflict do nothing returning customer_id
            """,
            {"customers": list(missing)},
        )
        made = {customer_id for (customer_id,) in rows}
        # Whoever another batch made a member in the same moment is that batch's, until it has ended.
        self._lock(connection, missing - made)
        return made

    def _lock(self, connection: Connection, customers: Collection[UUID]) -> set[UUID]:
        """Locks the members among `customers`, everybody in the order of the ids; who they are."""
        rows = fetch(
            connection,
            "select customer_id from members where customer_id in (select unnest(%(customers)b::uuid[]))"
            " order by customer_id for update",
            {"customers": list(customers)},
        )
        return {customer_id for (customer_id,) in rows}

    def _keep(self, connection: Connection, found: Sequence[Change], causes: Mapping[UUID, Cause]) -> None:
        if not found:
            return
        now = self.clock.now()
        run(
            connection,
            """
            insert into memberships (customer_id, segment, inside, segment_version, version, since, reason, reason_zh)
            select customer_id, segment, inside, segment_version, version, %(now)s, reason, reason_zh
            from unnest(%(customers)b::uuid[], %(segments)b::text[], %(inside)b::bool[], %(segment_versions)b::int[],
                        %(versions)b::int[], %(reasons)b::text[], %(reasons_zh)b::text[])
              as c(customer_id, segment, inside, segment_version, version, reason, reason_zh)
            on conflict (customer_id, segment) do update
              set inside = excluded.inside, segment_version = excluded.segment_version, version = excluded.version,
                  since = excluded.since, reason = excluded.reason, reason_zh = excluded.reason_zh
            """,
            {
                "now": now,
                "customers": [change.customer_id for change in found],
                "segments": [change.segment for change in found],
                "inside": [change.inside for change in found],
                "segment_versions": [change.segment_version for change in found],
                "versions": [change.version for change in found],
                "reasons": [change.reason for change in found],
                "reasons_zh": [change.reason_zh for change in found],
            },
        )
        add_to_outbox(connection, SERVICE, _publish(found, causes, now))


def _publish(found: Sequence[Change], causes: Mapping[UUID, Cause], now: datetime) -> Iterator[Published]:
    for change in found:
        cause = causes[change.customer_id]
        kind = SegmentEntered if change.inside else SegmentLeft
        event = kind(
            customer_id=change.customer_id,
            segment=change.segment,
            segment_version=change.segment_version,
            membership_version=change.version,
            reason=change.reason,
            occurred_at=now,
        )
        # The version makes it one id per change: of coming back by the same cause as well.
        id_ = derived_id(SERVICE, "membership", change.segment, change.customer_id, change.version)
        origin = Origin(id_, now, cause.id, cause.correlation_id, cause.trace)
        yield Published(origin, str(change.customer_id), event)


def _held(connection: Connection, customers: Collection[UUID]) -> dict[UUID, dict[str, Held]]:
    held: defaultdict[UUID, dict[str, Held]] = defaultdict(dict)
    for customer_id, segment, inside, version in fetch(
        connection,
        # A join, not `= any(...)`: without statistics that one reads the whole table, comparing each row with each id.
        "select customer_id, segment, inside, version from memberships"
        " where customer_id in (select unnest(%(customers)b::uuid[]))",
        {"customers": list(customers)},
    ):
        held[customer_id][segment] = Held(inside, version)
    return held
