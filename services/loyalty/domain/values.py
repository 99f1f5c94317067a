"""What deciders are told besides the account's own state: the programme's rules and facts looked up by id."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple
from uuid import UUID

from shared.kernel.ids import derived_id
from shared.kernel.money import minor_digits

RedemptionStatus = Literal["reserved", "confirmed", "cancelled", "expired"]
ReleaseReason = Literal["cancelled", "expired"]


class ReceiptPoints(NamedTuple):
    """What an account has for a receipt, as of the receipt's `version`; its points live in one lot."""

    version: int
    points: int
    expires_on: date


@dataclass(frozen=True, slots=True)
class Bonus:
    """What a receipt earns by one campaign, beside its base points."""

    receipt_id: UUID
    campaign_id: UUID

    @property
    def id(self) -> UUID:
        """Stands for it wherever a receipt's id would: the books of the receipt itself are never touched by it."""
        return derived_id("bonus", self.receipt_id, self.campaign_id)


class Redemption(NamedTuple):
    """A redemption as it stands, also long after it ended: an account's state keeps only the open ones."""

    customer_id: UUID
    points: int
    status: RedemptionStatus


@dataclass(frozen=True, slots=True)
class Programme:
    """How points come and go. One whole currency unit of what is left of a receipt earns `points_per_unit`."""

    points_per_unit: int = 1
    expire_after_months: int = 24
    debt_points_max: int | None = None
    """How far an account may go into debt when points that were spent are taken back. None: no limit; 0: never."""

    def points_for(self, net_minor: int, currency: str) -> int:
        """What a receipt of which `net_minor` is left earns: floored once per receipt, never below zero."""
        return max(0, net_minor // int(10 ** minor_digits(currency))) * self.points_per_unit

    def expires_on(self, business_date: date) -> date:
        """The last day on which points earned on `business_date` can be spent: the end of a month."""
        return _end_of_month(business_date.year, business_date.month, self.expire_after_months)


@lru_cache(maxsize=4096)
def _end_of_month(year: int, month: int, months_later: int) -> date:
    years, month_index = divmod(month - 1 + months_later, 12)
    last_day = calendar.monthrange(year + years, month_index + 1)[1]
    return date(year + years, month_index + 1, last_day)
