"""What can happen to a receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.stores.domain.receipt.content import Receipt
from shared.kernel.messages import DomainEvent


class ReceiptRecorded(DomainEvent):
    """A receipt came for the first time. With a token that nobody has yet it waits until `waits_until`."""

    type: ClassVar[str] = "receipt_recorded"

    receipt: Receipt
    content_hash: str
    customer_id: UUID | None = None
    waits_until: date | None = None


class ReceiptQuarantined(DomainEvent):
    """The same store, till, business date and number came with other content. The sale itself is unchanged."""

    type: ClassVar[str] = "receipt_quarantined"

    receipt: Receipt
    content_hash: str


class ReceiptAttributed(DomainEvent):
    """The receipt belongs to `customer_id` now: found after the sale, or moved from `previous_customer_id`."""

    type: ClassVar[str] = "receipt_attributed"

    customer_id: UUID
    previous_customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LinePart:
    """Some or all of one sold line."""

    line: int
    quantity_milli: int
    amount_minor: int


class LinesReturned(DomainEvent):
    """Goods came back and money went out. `content_hash` recognises the same request."""

    type: ClassVar[str] = "lines_returned"

    return_id: UUID
    returned_at: datetime
    lines: tuple[LinePart, ...]
    returned_minor: int
    content_hash: str


class ReceiptVoided(DomainEvent):
    """The receipt counts as if it had not been; `lines` is what was left of it until then."""

    type: ClassVar[str] = "receipt_voided"

    voided_at: datetime
    lines: tuple[LinePart, ...]


class ReceiptRetold(DomainEvent):
    """After a restore: others have heard more of this receipt than is known here, and are told anew how it stands.

    From now on they are told versions that are `ahead` of the stream's, so that none is older than what they heard;
    `heard_customer_id` is for whom they keep it.
    """

    type: ClassVar[str] = "receipt_retold"

    ahead: int
    heard_customer_id: UUID | None = None


ReceiptEvent = ReceiptRecorded | ReceiptQuarantined | ReceiptAttributed | LinesReturned | ReceiptVoided | ReceiptRetold
EVENTS: tuple[type[ReceiptEvent], ...] = (
    ReceiptRecorded,
    ReceiptQuarantined,
    ReceiptAttributed,
    LinesReturned,
    ReceiptVoided,
    ReceiptRetold,
)
