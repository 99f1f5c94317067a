"""Sales confirm checkouts, and what comes back of them shrinks their offers. A sale that happened is never refused."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from services.campaigns.application.desk import Desk
from services.campaigns.domain.checkout.commands import FollowSale
from services.campaigns.domain.checkout.values import ReturnedPart, SoldLine
from shared.contracts.base import BusinessDate, Version, View, WholeNumber
from shared.contracts.stores import SaleDetached, SaleReturned, SaleVoided
from shared.messaging.consumer import DONE, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection

    from services.campaigns.application.till_ports import CheckoutReads
    from services.campaigns.domain.checkout.events import SaleNews
    from services.campaigns.domain.checkout.state import Checkout
    from shared.commands.handler import CommandHandler
    from shared.messaging.message import Message

Quantity = Annotated[Decimal, Field(ge=0, lt=10**12)]


class LineView(View):
    """A line of a sale, with what came back of it."""

    line: WholeNumber
    quantity: Quantity
    amount_minor: WholeNumber
    returned_quantity: Quantity = Decimal(0)
    returned_minor: WholeNumber = 0


class ReturnedView(View):
    """What came back of a line."""

    line: WholeNumber
    quantity: Quantity
    amount_minor: WholeNumber


class SaleView(View):
    """What checkouts need to know of each of the five events of a sale."""

    receipt_id: UUID
    receipt_version: Version
    customer_id: UUID | None
    business_date: BusinessDate
    standing: Literal["kept", "returned", "voided"]
    checkout_id: UUID | None = None
    lines: tuple[LineView, ...] | None = None
    returned_lines: tuple[ReturnedView, ...] = ()
    returned_at: AwareDatetime | None = None
    voided_at: AwareDatetime | None = None


class ConfirmSales:
    """Handles batches of sales. Those without a checkout, which are most, cost nothing but being read."""

    def __init__(self, handler: CommandHandler, reads: CheckoutReads) -> None:
        self._handler = handler
        self._reads = reads

    def __call__(self, connection: Connection, batch: Sequence[Message[SaleView]], *, lock: bool) -> Sequence[Outcome]:
        """Follows every sale of a checkout, in order.

        A return names only its receipt. The document of the receipt, which names the checkout, stands before it in
        its partition, so the receipt is known by then or has no checkout. What a till said when it confirmed is no
        document: it may have named somebody else's receipt.
        """
        checkouts = self._checkouts(connection, batch)
        if not checkouts:
            return [DONE] * len(batch)
        # A document says itself which checkout it is of, or that it is of none.
        found = [
            checkouts.get(message.body.receipt_id) if message.body.lines is None else message.body.checkout_id
            for message in batch
        ]
        desk = Desk(self._handler, connection)
        # A batch holds its locks until it ends, and tills wait for limits: those of sales that are only confirmed in
        # time are left alone. The second try, after a conflict, locks everything.
        moving = {of for of, message in zip(found, batch, strict=True) if lock or _may_move(message)}
        known = set(checkouts.values())
        desk.open(known, quiet=known - moving)
        outcomes, places = [DONE] * len(batch), []
        for place, (checkout_id, message) in enumerate(zip(found, batch, strict=True)):
            if checkout_id is not None and _is_its_receipt(message, desk.checkout(checkout_id)):
                desk.give(checkout_id, _command(message, desk.fits(checkout_id)), message.cause)
                places.append(place)
        for place, decision in zip(places, desk.write(), strict=True):
            outcomes[place] = Outcome(decision.error)
        return outcomes

    def _checkouts(self, connection: Connection, batch: Sequence[Message[SaleView]]) -> dict[UUID, UUID]:
        named = {
            message.body.receipt_id: message.body.checkout_id
            for message in batch
            if message.body.checkout_id is not None
        }
        others = {message.body.receipt_id for message in batch if message.body.lines is None} - named.keys()
        return {**self._reads.of_receipts(connection, others), **named} if others else named


def _is_its_receipt(message: Message[SaleView], checkout: Checkout) -> bool:
    return message.body.lines is not None or checkout.sale is not None


def _may_move(message: Message[SaleView]) -> bool:
    """Whether it can give anything back: a document does if something of it came back already."""
    sale = message.body
    if sale.lines is None:
        return message.type != SaleDetached.type
    return sale.standing != "kept" or any(line.returned_minor or line.returned_quantity for line in sale.lines)


def _command(message: Message[SaleView], fits: frozenset[UUID]) -> FollowSale:
    sale = message.body
    return FollowSale(
        receipt_id=sale.receipt_id,
        receipt_version=sale.receipt_version,
        news=_NEWS.get(message.type, "document"),
        owner=sale.customer_id,
        document=None if sale.lines is None else tuple(SoldLine(**line.model_dump()) for line in sale.lines),
        returned=tuple(ReturnedPart(**part.model_dump()) for part in sale.returned_lines),
        voided=sale.standing == "voided",
        moved_on=_moved_on(sale),
        fits=fits,
    )


_NEWS: dict[str, SaleNews] = {
    SaleReturned.type: "returned",
    SaleVoided.type: "voided",
    SaleDetached.type: "detached",
}


def _moved_on(sale: SaleView) -> date:
    at: datetime | None = sale.returned_at or sale.voided_at
    return sale.business_date if at is None else at.date()
