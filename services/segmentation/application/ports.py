"""What scoring and memberships ask of read models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection

    from services.segmentation.domain.member import Member, Yardsticks
    from services.segmentation.domain.membership import Definition
    from services.segmentation.domain.rules.reach import Reach
    from services.segmentation.domain.scores import Cuts, Facts


class MemberFacts(Protocol):
    """Facts of members, read in the caller's transaction. May wait for a lock; changes nothing."""

    def facts_as_of(self, connection: Connection, as_of: date, customers: Collection[UUID]) -> Collection[Facts]:
        """The facts of those of `customers` who have something that counts on or before `as_of`."""
        ...

    def cuts_as_of(self, connection: Connection, as_of: date) -> Cuts:
        """The exact cuts of all members' facts as of a date."""
        ...

    def lock_members(self, connection: Connection, *, after: UUID | None, limit: int) -> Sequence[UUID]:
        """The next members in order of their ids; nobody else changes their facts until the transaction ends."""
        ...


class Definitions(Protocol):
    """The chain's own segments as they now are, whether computed or not. One query."""

    def __call__(self, connection: Connection) -> Sequence[Definition]: ...


class RuleMembers(Protocol):
    """Members as rules see them, read in the caller's transaction. Changes nothing and locks nothing.

    Both say the same of a member, one in memory and one in SQL: whoever is `differing` has changes by her `facts_of`.
    """

    def facts_of(
        self, connection: Connection, customers: Collection[UUID], reach: Reach, yardsticks: Yardsticks, today: date
    ) -> Collection[Member]:
        """Those of `customers` who are members, each with the facts within `reach`. A few queries, however many."""
        ...

    def differing(
        self,
        connection: Connection,
        page: Sequence[UUID],
        definitions: Collection[Definition],
        yardsticks: Yardsticks,
        today: date,
        *,
        named: bool,
    ) -> Sequence[UUID]:
        """Those of `page` whose memberships are not what the rules given, and if so the named ones, say today."""
        ...
