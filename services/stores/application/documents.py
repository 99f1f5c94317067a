"""A receipt as a till sends it, field by field. Limits that need the store's registration are checked later."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from shared.kernel.text import Code

RECEIPTS_MAX = 1_000
LINES_MAX = 2_000
RECEIPT_BYTES_MAX = 512 * 1024
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


class ReceiptDocument(BaseModel):
    """One receipt: (store, till, business date, number) names it for ever."""

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
    member: MemberDocument | None = None
    checkout_id: UUID | None = None
    lines: Annotated[list[LineDocument], Field(min_length=1, max_length=LINES_MAX)]


class ReceiptBatch(BaseModel):
    """Receipts of any stores and tills; each is answered for itself."""

    model_config = ConfigDict(extra="forbid")

    receipts: Annotated[list[ReceiptDocument], Field(min_length=1, max_length=RECEIPTS_MAX)]
