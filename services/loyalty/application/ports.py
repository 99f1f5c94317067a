"""What the application asks read models; `bootstrap` hands it their queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from services.loyalty.domain.values import ReceiptPoints, Redemption


class KnownReceipts(Protocol):
    """What accounts have for receipts so far, by (customer, receipt). One query, however many.

    A new receipt is not in the answer. Right for decisions only where nobody else settles the same receipts
    meanwhile: under the lock of the consumer's offsets.
    """

    def __call__(
        self,
        connection: Connection,
        receipts: Collection[tuple[UUID, UUID]],
    ) -> Mapping[tuple[UUID, UUID], ReceiptPoints]: ...


class FindRedemption(Protocol):
    """The redemption with an id, also one that ended; None if the id was never used.

    Right for decisions only under a lock: of the id while it may be new, of its account afterwards.
    """

    def __call__(self, connection: Connection, redemption_id: UUID) -> Redemption | None: ...


class DueReservations(Protocol):
    """At most `limit` reservations (customer, redemption) that end at or before `now`, the oldest first."""

    def __call__(self, connection: Connection, now: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]: ...


class ExpiringAccounts(Protocol):
    """At most `limit` accounts, by id after `after`, that have points whose last day is before `today`.

    With each comes the version that last changed such a lot.
    """

    def __call__(
        self,
        connection: Connection,
        today: date,
        after: UUID,
        limit: int,
    ) -> Sequence[tuple[UUID, int]]: ...
