"""What happens between partners. The stream is `funding-<redemption id>`. Amounts are minor units of `currency`."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.kernel.messages import DomainEvent


class FundingFact(DomainEvent):
    """A version of the redemption was settled: from now on only a newer one changes what is owed."""

    redemption_version: int
    campaign_id: UUID
    redeemed_by: str
    """Who gave the discount at its till and is owed the others' shares."""
    store_id: str
    business_date: date
    currency: str


class DuePosted(FundingFact):
    """One partner owes `amount_minor` more for this redemption; less, if it is negative: lines were returned."""

    type: ClassVar[str] = "due_posted"

    debtor: str
    amount_minor: int
    due_minor: int
    """What it owes for the redemption from now on."""


class FundingSettled(FundingFact):
    """A version that changes no dues. Remembered, so that an older one is not taken for news."""

    type: ClassVar[str] = "funding_settled"


FundingEvent = DuePosted | FundingSettled
