"""What is read of sales, and what a batch of them tells of each receipt, whatever the order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from services.segmentation.read_models.member_facts.lines import NO_LINES, Line, Lines, ReturnedLine, columns_of
from shared.contracts.base import BusinessDate, Version, View, WholeNumber
from shared.contracts.stores import SaleAttributed, SaleDetached, SaleRecorded, SaleReturned, SaleVoided
from shared.kernel.text import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.messaging.message import Message


class SaleView(View):
    """What is read of a sale."""

    receipt_id: UUID
    receipt_version: Version
    customer_id: UUID | None
    store_id: Code
    business_date: BusinessDate
    net_minor: WholeNumber
    standing: Literal["kept", "returned", "voided"]


class DocumentView(SaleView):
    """A whole receipt."""

    lines: list[Line]


class ReturnView(SaleView):
    """What came back in one return."""

    returned_lines: list[ReturnedLine]


VIEWS: dict[str, type[View]] = {
    SaleRecorded.type: DocumentView,
    SaleAttributed.type: DocumentView,
    SaleReturned.type: ReturnView,
    SaleDetached.type: SaleView,
    SaleVoided.type: SaleView,
}

Key = tuple[UUID, UUID]
"""Customer and receipt."""


class Heard:
    """What a batch tells of one receipt of one customer: its newest message, its newest document, what came back."""

    __slots__ = ("came_back", "document", "newest")

    def __init__(self, newest: Message[SaleView]) -> None:
        self.newest = newest
        self.document: DocumentView | None = None
        self.came_back: dict[str, int] | None = None

    @property
    def sale(self) -> SaleView:
        """The receipt as it now stands, but for its lines."""
        return self.newest.body

    @property
    def counts(self) -> bool:
        """Whether it counts for its customer; one of total zero does, one that came back whole does not."""
        return self.newest.body.standing == "kept" and self.newest.type != SaleDetached.type

    def hear(self, message: Message[SaleView]) -> None:
        """Takes in one message, in any order."""
        sale = message.body
        if self.sale.receipt_version < sale.receipt_version:
            self.newest = message
        if isinstance(sale, DocumentView):
            if self.document is None or self.document.receipt_version < sale.receipt_version:
                self.document = sale
        elif isinstance(sale, ReturnView):
            came_back = self.came_back = self.came_back or {}
            for line in sale.returned_lines:
                came_back[f"{sale.receipt_version}:{line['line']}"] = line["amount_minor"]

    @property
    def lines(self) -> Lines:
        """The document's lines as columns."""
        return NO_LINES if self.document is None else columns_of(self.document.lines)


Purchases = Mapping[Key, Heard]


def heard_in(batch: Sequence[Message[SaleView]]) -> dict[Key, Heard]:
    """What is told of each receipt of each customer, sorted by customer, as every writer locks them."""
    heard: dict[Key, Heard] = {}
    for message in batch:
        sale = message.body
        if sale.customer_id is None:
            continue
        key = (sale.customer_id, sale.receipt_id)
        known = heard.get(key)
        if known is None:
            known = heard[key] = Heard(message)
        known.hear(message)
    return dict(sorted(heard.items(), key=lambda item: item[0][0].int))
