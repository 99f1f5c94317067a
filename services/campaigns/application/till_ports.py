"""What quotes and checkouts ask of read models and of the other parts of the service; an adapter answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol
from uuid import UUID

from services.campaigns.domain.offers.basket import NOBODY, Buyer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from services.campaigns.domain.budget.limits import Spent
    from services.campaigns.domain.offers.definition import RunningCampaign


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a buyer and a store, and which campaigns run at this moment, by id and version."""

    buyer: Buyer = NOBODY
    region: str | None = None
    running: tuple[tuple[UUID, int], ...] = ()


class KnownCoupon(NamedTuple):
    """A coupon that was issued. `customer_id` is whose it is, if it is bound; `taken_by` the checkout that has it."""

    coupon: str
    campaign_id: UUID
    customer_id: UUID | None
    taken_by: UUID | None


class TillReads(Protocol):
    """What a till's question needs. Nothing here locks; what a reservation rests on it reads again under its locks."""

    def facts(self, connection: Connection, store: str, customer_id: UUID | None) -> Facts:
        """One query, whoever asks."""
        ...

    def campaigns(self, connection: Connection, running: Sequence[tuple[UUID, int]]) -> Sequence[RunningCampaign]:
        """The campaigns of these versions. No query as long as this process has seen them before."""
        ...

    def drafts(self, connection: Connection, campaigns: Collection[UUID]) -> Sequence[RunningCampaign]:
        """Campaigns in whatever state they are, as if they ran, for a dry run. Unknown ones are not in the answer."""
        ...

    def coupons(
        self,
        connection: Connection,
        coupons: Collection[str],
        customer_id: UUID | None,
        campaigns: Collection[UUID],
    ) -> Sequence[KnownCoupon]:
        """Those of `coupons` that were issued, and what is bound to the member for one of `campaigns` and free."""
        ...

    def spent(self, connection: Connection, budgets: Collection[str]) -> Mapping[str, Spent]:
        """What is taken of each limit; those of which nothing ever was are not in the answer."""
        ...

    def party_at(self, connection: Connection, store: str) -> str | None:
        """Whose tills these are: a party of joint promotions."""
        ...

    def claimed(self, connection: Connection, customer_id: UUID | None, coupons: Collection[str]) -> frozenset[UUID]:
        """The joint promotions that the member, or the holder of a coupon, has claimed."""
        ...


class CheckoutReads(Protocol):
    """Finds checkouts otherwise than by their id."""

    def of_receipts(self, connection: Connection, receipts: Collection[UUID]) -> Mapping[UUID, UUID]:
        """The checkout of each receipt that is known to have one."""
        ...

    def due(self, connection: Connection, now: datetime, limit: int) -> Sequence[UUID]:
        """At most `limit` reservations that end at or before `now`, the oldest first."""
        ...
