"""What the funding of a redemption can be asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.kernel.messages import Command


@dataclass(frozen=True, slots=True)
class SettleFunding(Command):
    """Make the dues what this version of the redemption says.

    A version that is not newer changes nothing; hence versions may come in any order, in any number of steps, and
    more than once. `shares` are what each party bears of `discount_minor`.
    """

    redemption_id: UUID
    version: int
    campaign_id: UUID
    redeemed_by: str
    store_id: str
    business_date: date
    currency: str
    discount_minor: int
    shares: Mapping[str, int]


FundingCommand = SettleFunding
