"""Receipts: as tills say them, with a card or a phone, and as they lie on the topic `pos.receipts.v1`, with a token.

Both have the same fields but for the member. Limits that need the store's registration are checked by the intake.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from shared.contracts.base import IntegrationEvent
from shared.kernel.ids import derived_id
from shared.kernel.text import Code

RECEIPTS_TOPIC = "pos.receipts.v1"
LINES_MAX = 2_000
RECEIPT_BYTES_MAX = 512 * 1024
"""Of one receipt, as JSON."""
LINE_MAX = 99_999
AMOUNT_MINOR_MAX = 10**12
QUANTITY_MAX = 10**9
# Outside of it a till's clock is broken, and time zones end at both ends of the calendar.
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

# Negative amounts pass here and are refused with the way out: a return. Strict: 1.0, "1" and true are no amounts.
Amount = Annotated[int, Field(strict=True, ge=-AMOUNT_MINOR_MAX, le=AMOUNT_MINOR_MAX, description="Minor units.")]
# Nearly every quantity is a whole number, and reading it as one costs a tenth of reading a decimal.
Quantity = Annotated[
    Annotated[int, Field(strict=True, ge=0, le=QUANTITY_MAX)]
    | Annotated[Decimal, Field(ge=0, le=QUANTITY_MAX, decimal_places=3)],
    Field(union_mode="left_to_right", description="Pieces, kilograms or litres; at most three decimals; 0 is allowed."),
]


class _LineRequired(TypedDict):
    product: Annotated[Code, Field(description="The product's code; it need not be in any catalogue.")]
    quantity: Quantity
    amount_minor: Annotated[Amount, Field(description="What was asked for the whole line, in minor units; 0 or more.")]


class LineDocument(_LineRequired, total=False):
    """One line. A plain dictionary once read: ten of them are read for every receipt."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc] # pydantic's way to configure a TypedDict

    line: Annotated[
        Annotated[int, Field(strict=True, ge=1, le=LINE_MAX)] | None,
        Field(description="The line's number on the receipt; its position by default."),
    ]
    category: Annotated[Code | None, Field(description="Sums by category use it as it is.")]
    discount_minor: Annotated[Amount, Field(description="What was taken off before `amount_minor`; 0 or more.")]


class MemberDocument(BaseModel):
    """Who showed themselves at the till: a card or a phone number, not both. It becomes a token and is not kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    card: Code | None = None
    phone: Code | None = None


class ReceiptContent(BaseModel):
    """One receipt, but for whose it is: (store, till, business date, number) names it for ever."""

    model_config = ConfigDict(extra="forbid")

    store: Code
    till: Code
    number: Code
    occurred_at: Annotated[AwareDatetime, Field(description="When it was sold, with an offset.")]
    business_date: Annotated[
        date | None,
        Field(description="The store's; by default its local date of `occurred_at`. At most one day away from it."),
    ] = None
    currency: Annotated[Code | None, Field(description="ISO 4217; the store's by default, and never another.")] = None
    total_minor: Annotated[Amount, Field(description="The sum of the lines' amounts, in minor units.")]
    checkout_id: UUID | None = None
    lines: Annotated[list[LineDocument], Field(min_length=1, max_length=LINES_MAX)]


class ReceiptDocument(ReceiptContent):
    """A receipt as the till's software says it."""

    member: MemberDocument | None = None


class PosReceipt(IntegrationEvent, ReceiptContent):
    """A receipt as it lies on the topic: whoever writes it has turned the card or phone into a token.

    Its readers are strict as well: a field that nobody knows could hold somebody's number.
    """

    type: ClassVar[str] = "pos.receipt.v1"
    topic: ClassVar[str] = RECEIPTS_TOPIC

    member_token: Annotated[
        str | None,
        Field(pattern=r"^[0-9a-f]{64}$", description="HMAC-SHA256 of the member's card or phone; see docs/intake.md."),
    ] = None


def record_id(body: bytes) -> UUID:
    """The id of a record with this body: a till that sends the same bytes again sends the same record.

    Nobody else's id is trusted to tell receipts apart: one that is given twice would lose the second.
    """
    return derived_id(PosReceipt.type, hashlib.sha256(body).hexdigest())


EVENTS: tuple[type[IntegrationEvent], ...] = (PosReceipt,)
