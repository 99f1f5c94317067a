"""Sales become points: each record of a sale settles its receipt with its member's account."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from services.loyalty.domain.account.commands import SettleReceipt
from services.loyalty.domain.account.decider import account_stream
from services.loyalty.domain.values import ReceiptPoints
from shared.commands.handler import Addressed
from shared.contracts.base import BusinessDate, Currency, Version, View, WholeNumber
from shared.kernel.errors import InvalidInput
from shared.messaging.consumer import DONE, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from services.loyalty.application.ports import KnownReceipts
    from services.loyalty.domain.values import Programme
    from shared.commands.handler import CommandHandler
    from shared.messaging.message import Message


class Sale(View):
    """What points need to know of a sale, the same for all of its five events: what is left of the receipt."""

    receipt_id: UUID
    receipt_version: Version
    customer_id: UUID | None
    net_minor: WholeNumber
    currency: Currency
    business_date: BusinessDate


class SettleSales:
    """Handles batches of sales. The only one who settles: the consumer's offsets let one at a time per member."""

    def __init__(self, handler: CommandHandler, programme: Programme, known_receipts: KnownReceipts) -> None:
        self._handler = handler
        self._programme = programme
        self._known_receipts = known_receipts

    def __call__(self, connection: Connection, batch: Sequence[Message[Sale]], *, lock: bool) -> Sequence[Outcome]:
        """Settles in order; a sale whose member is unknown earns nothing yet and is done."""
        outcomes = [DONE] * len(batch)
        units, places = self._units(connection, batch, outcomes)
        if units:
            for place, decision in zip(places, self._handler.run(connection, units, lock=lock), strict=True):
                if decision.error is not None:
                    outcomes[place] = Outcome(decision.error)
        return outcomes

    def _units(
        self,
        connection: Connection,
        batch: Sequence[Message[Sale]],
        outcomes: list[Outcome],
    ) -> tuple[list[list[Addressed]], list[int]]:
        members = [
            (place, message, (message.body.customer_id, message.body.receipt_id))
            for place, message in enumerate(batch)
            if message.body.customer_id is not None
        ]
        if not members:
            return [], []
        known = dict(self._known_receipts(connection, [key for _, _, key in members]))
        units, places = [], []
        for place, message, key in members:
            sale = message.body
            before = known.get(key)
            if before is not None and before.version >= sale.receipt_version:
                continue
            try:
                due = self._programme.points_for(sale.net_minor, sale.currency)
            except InvalidInput as unknown_currency:
                outcomes[place] = Outcome(unknown_currency)
                continue
            expires_on = before.expires_on if before else self._programme.expires_on(sale.business_date)
            command = SettleReceipt(
                receipt_id=sale.receipt_id,
                receipt_version=sale.receipt_version,
                net_minor=sale.net_minor,
                currency=sale.currency,
                business_date=sale.business_date,
                due=due,
                expires_on=expires_on,
                debt_points_max=self._programme.debt_points_max,
                known=before,
            )
            units.append([Addressed(account_stream(key[0]), command, message.cause)])
            places.append(place)
            # A later record of the same receipt in this batch finds what this one leaves: settling never refuses.
            known[key] = ReceiptPoints(sale.receipt_version, due, expires_on)
        return units, places
