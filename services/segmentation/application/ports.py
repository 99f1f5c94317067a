"""What scoring asks of members' facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection

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
