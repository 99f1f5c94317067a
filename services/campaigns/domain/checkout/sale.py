"""What is left of a sale, put together from news that come in any order, and what is left of its offers.

A document says how every line stands at its version; a return says what came back at its own. So what came back of a
line is what the newest document says, and every return that is newer: the same in whatever order they are heard.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from services.campaigns.domain.checkout.values import ReturnedPart, SoldLine
from services.campaigns.domain.offers.points import bonus

if TYPE_CHECKING:
    from services.campaigns.domain.checkout.commands import FollowSale
    from services.campaigns.domain.checkout.events import SaleFollowed
    from services.campaigns.domain.checkout.values import Redemption


@dataclass(frozen=True, slots=True)
class Sale:
    """The receipt as far as it is known. `owner` is the member whose it is, as of `owner_version`."""

    receipt_id: UUID
    document_version: int = 0
    lines: dict[int, SoldLine] = field(default_factory=dict)
    later: dict[int, tuple[ReturnedPart, ...]] = field(default_factory=dict)
    """By version, the returns that the document does not know."""
    voided: bool = False
    owner: UUID | None = None
    owner_version: int = 0

    def after(self, news: FollowSale | SaleFollowed, *, voided: bool) -> Sale:
        """The sale once `news` are known; equal to this one if they say nothing new."""
        version, sale = news.receipt_version, self
        if news.document is not None and version > sale.document_version:
            later = {at: parts for at, parts in sale.later.items() if at > version}
            lines = {line.line: line for line in news.document}
            sale = replace(sale, document_version=version, lines=lines, later=later)
        if news.returned and version > sale.document_version:
            sale = replace(sale, later={**sale.later, version: news.returned})
        # A move tells both sides in one version: that it left somebody counts only while it is still hers.
        left_nobody = news.news == "detached" and news.owner != self.owner
        if version >= sale.owner_version and not left_nobody:
            sale = replace(sale, owner=None if news.news == "detached" else news.owner, owner_version=version)
        return replace(sale, voided=sale.voided or voided)

    def line(self, number: int) -> SoldLine | None:
        """A line with all that came back of it; None if the receipt has no such line."""
        sold = self.lines.get(number)
        if sold is None:
            return None
        parts = [part for parts in self.later.values() for part in parts if part.line == number]
        return sold.model_copy(
            update={
                "returned_quantity": sold.returned_quantity + sum((part.quantity for part in parts), Decimal(0)),
                "returned_minor": sold.returned_minor + sum(part.amount_minor for part in parts),
            },
        )


def discount_left(redemption: Redemption, sale: Sale) -> int:
    """What stands of a discount: each line keeps its share for what was not returned of it.

    A line gives back, floored, as much of its share as came back of its price, or of its quantity where it cost
    nothing; when nothing is left of the line the last piece takes the rest.
    """
    if sale.voided:
        return 0
    return sum(share.amount_minor - _gone(share.amount_minor, sale.line(share.line)) for share in redemption.lines)


def _gone(share_minor: int, sold: SoldLine | None) -> int:
    if sold is None:
        return 0
    if _all_came_back(sold):
        return share_minor
    if sold.amount_minor > 0:
        return share_minor * max(0, sold.returned_minor) // sold.amount_minor
    if sold.quantity > 0:
        return int(share_minor * sold.returned_quantity / sold.quantity)
    return 0


def points_left(redemption: Redemption, sale: Sale, currency: str) -> int:
    """What a points offer gives for what is left of its lines: 0 when everything came back."""
    lines = [line for share in redemption.lines if (line := sale.line(share.line)) is not None]
    if sale.voided or not lines or all(_all_came_back(line) for line in lines):
        return 0
    sold = sum(line.amount_minor for line in lines)
    left = sum(0 if _all_came_back(line) else max(0, line.amount_minor - line.returned_minor) for line in lines)
    if redemption.points_factor is not None:
        return bonus(left, currency, factor=redemption.points_factor, per_unit=redemption.points_per_unit)
    points = redemption.points or 0
    return points * left // sold if sold > 0 else points


def _all_came_back(line: SoldLine) -> bool:
    return (line.quantity > 0 and line.returned_quantity >= line.quantity) or (
        line.amount_minor > 0 and line.returned_minor >= line.amount_minor
    )
