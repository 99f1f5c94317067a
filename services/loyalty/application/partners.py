"""Joint promotions become dues: each record of a redemption's shares settles its funding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import Field

from services.loyalty.domain.funding.commands import SettleFunding
from services.loyalty.domain.funding.decider import funding_stream
from services.loyalty.domain.funding.errors import FundingUnbalanced
from shared.commands.handler import Addressed
from shared.contracts.base import BusinessDate, Currency, Version, View, WholeNumber
from shared.kernel.text import Code
from shared.messaging.consumer import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.commands.handler import CommandHandler
    from shared.messaging.message import Message

PARTIES_MAX = 20


class PartyShare(View):
    """What one party bears."""

    party: Code
    amount_minor: WholeNumber


class SharedRedemption(View):
    """What the books need to know of a redemption: who gave the discount, and who bears how much of it now."""

    redemption_id: UUID
    redemption_version: Version
    campaign_id: UUID
    redeemed_by: Code
    store_id: Code
    business_date: BusinessDate
    currency: Currency
    discount_minor: WholeNumber
    shares: Annotated[tuple[PartyShare, ...], Field(max_length=PARTIES_MAX)]


class SettleFundings:
    """Handles batches of shared redemptions."""

    def __init__(self, handler: CommandHandler) -> None:
        self._handler = handler

    def __call__(
        self,
        connection: Connection,
        batch: Sequence[Message[SharedRedemption]],
        *,
        lock: bool,
    ) -> Sequence[Outcome]:
        """Settles in order; later records of a redemption find what earlier ones left."""
        outcomes: list[Outcome | None] = [_named_twice(message.body) for message in batch]
        units = [
            [Addressed(funding_stream(message.body.redemption_id), _command(message.body), message.cause)]
            for message, refused in zip(batch, outcomes, strict=True)
            if refused is None
        ]
        decisions = iter(self._handler.run(connection, units, lock=lock) if units else ())
        return [refused or Outcome(next(decisions).error) for refused in outcomes]


def _named_twice(told: SharedRedemption) -> Outcome | None:
    parties = [share.party for share in told.shares]
    if len(set(parties)) == len(parties):
        return None
    msg = f"shares name a party twice: {', '.join(parties)}; tell a newer version with one share for each"
    return Outcome(FundingUnbalanced(msg, redemption_id=str(told.redemption_id)))


def _command(told: SharedRedemption) -> SettleFunding:
    return SettleFunding(
        redemption_id=told.redemption_id,
        version=told.redemption_version,
        campaign_id=told.campaign_id,
        redeemed_by=told.redeemed_by,
        store_id=told.store_id,
        business_date=told.business_date,
        currency=told.currency,
        discount_minor=told.discount_minor,
        shares={share.party: share.amount_minor for share in told.shares},
    )
