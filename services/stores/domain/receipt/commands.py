"""What can be asked of a receipt's stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.stores.domain.receipt.content import Receipt
from shared.kernel.messages import Command


@dataclass(frozen=True, slots=True)
class RecordReceipt(Command):
    """Take this receipt; `waits_until` counts only when it has a token and no customer."""

    receipt: Receipt
    content_hash: str
    customer_id: UUID | None = None
    waits_until: date | None = None


@dataclass(frozen=True, slots=True)
class AttributeReceipt(Command):
    """The member of the token became known; a receipt that has a customer keeps them."""

    customer_id: UUID


@dataclass(frozen=True, slots=True)
class MoveReceipt(Command):
    """Belong to this customer, whoever had it before."""

    customer_id: UUID


@dataclass(frozen=True, slots=True)
class LineReturn:
    """What of one line comes back; None means all that is left of the line, or its fair share of the money."""

    line: int
    quantity_milli: int | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnLines(Command):
    """Take goods back. `return_id` is the caller's, kept for retries; `content_hash` is over the whole request."""

    return_id: UUID
    returned_at: datetime
    lines: tuple[LineReturn, ...]
    content_hash: str


@dataclass(frozen=True, slots=True)
class VoidReceipt(Command):
    """Cancel the receipt as a whole."""

    voided_at: datetime


@dataclass(frozen=True, slots=True)
class RetellReceipt(Command):
    """Tell others how the receipt stands, as versions `ahead` of the stream's; they keep it for `heard_customer_id`."""

    ahead: int
    heard_customer_id: UUID | None


ReceiptCommand = RecordReceipt | AttributeReceipt | MoveReceipt | ReturnLines | VoidReceipt | RetellReceipt
