"""Bonus points of campaigns: each record says what a receipt earns by a points offer, beside its base points.

They are booked as any receipt's points are, under an id of their own that derives from the receipt and the campaign:
so they expire, are taken back, and become debt by the same rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import Field

from services.loyalty.domain.account.commands import SettleReceipt
from services.loyalty.domain.account.decider import account_stream
from services.loyalty.domain.values import Bonus, ReceiptPoints
from shared.commands.handler import Addressed
from shared.contracts.base import BusinessDate, Currency, Version, View
from shared.messaging.consumer import DONE, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from services.loyalty.application.ports import KnownReceipts
    from services.loyalty.domain.values import Programme
    from shared.commands.handler import CommandHandler
    from shared.messaging.message import Message

POINTS_MAX = 10**9


class BonusDue(View):
    """What the books need to know of a bonus: whose, of which receipt, by which campaign, and how much it is now."""

    customer_id: UUID
    campaign_id: UUID
    receipt_id: UUID
    receipt_version: Version
    points: Annotated[int, Field(ge=0, le=POINTS_MAX)]
    currency: Currency
    business_date: BusinessDate


class SettleBonuses:
    """Handles batches of bonuses. The only one who settles them: offsets let one at a time per member."""

    def __init__(self, handler: CommandHandler, programme: Programme, known_receipts: KnownReceipts) -> None:
        self._handler = handler
        self._programme = programme
        self._known_receipts = known_receipts

    def __call__(self, connection: Connection, batch: Sequence[Message[BonusDue]], *, lock: bool) -> Sequence[Outcome]:
        """Books in order what changed since the version that is known."""
        keys = [(m.body.customer_id, Bonus(m.body.receipt_id, m.body.campaign_id).id) for m in batch]
        known = dict(self._known_receipts(connection, keys))
        outcomes = [DONE] * len(batch)
        units, places = [], []
        for place, (message, key) in enumerate(zip(batch, keys, strict=True)):
            command = self._command(message.body, known.get(key))
            if command.known is not None and command.known.version >= command.receipt_version:
                continue
            units.append([Addressed(account_stream(message.body.customer_id), command, message.cause)])
            places.append(place)
            # A later record of the same bonus in this batch finds what this one leaves: settling never refuses.
            known[key] = ReceiptPoints(command.receipt_version, command.due, command.expires_on)
        if units:
            for place, decision in zip(places, self._handler.run(connection, units, lock=lock), strict=True):
                outcomes[place] = Outcome(decision.error)
        return outcomes

    def _command(self, told: BonusDue, known: ReceiptPoints | None) -> SettleReceipt:
        bonus = Bonus(told.receipt_id, told.campaign_id)
        return SettleReceipt(
            receipt_id=bonus.id,
            receipt_version=told.receipt_version,
            # The money is the receipt's own; counted here as well, it would be there twice.
            net_minor=0,
            currency=told.currency,
            business_date=told.business_date,
            due=told.points,
            expires_on=known.expires_on if known else self._programme.expires_on(told.business_date),
            debt_points_max=self._programme.debt_points_max,
            known=known,
            bonus=bonus,
        )
