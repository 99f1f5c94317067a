"""What callers send. Bounded, and strict about unknown fields. Receipts are in `shared.contracts.receipts`."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SkipValidation,
    StringConstraints,
    field_validator,
    model_validator,
)

from services.stores.domain.receipt.commands import LineReturn
from services.stores.domain.store.commands import RegisterStore
from services.stores.domain.store.events import StoreDetails
from services.stores.domain.values import milli_of
from shared.contracts.receipts import (
    AMOUNT_MINOR_MAX,
    EARLIEST,
    LATEST,
    LINE_MAX,
    LINES_MAX,
    QUANTITY_MAX,
    MemberDocument,
)
from shared.kernel.money import WrittenCurrency
from shared.kernel.text import Text

STORES_MAX = 1_000
TILLS_MAX = 1_000

Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
"""A code that stands in URLs and in derived ids, where its characters must not mean anything else."""

Moment = Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewStore(_Body):
    """A store as it is to be from now on."""

    store: Annotated[Name, Field(description="The chain's code for it, for ever.")]
    name: Annotated[Text, Field(min_length=1, max_length=200)]
    time_zone: Annotated[str, Field(max_length=64, description="IANA, such as America/New_York; it can never change.")]
    currency: Annotated[WrittenCurrency, Field(description="ISO 4217, such as CNY; it can never change.")]
    region: Annotated[Text, Field(max_length=100)] | None = None
    address: Annotated[Text, Field(max_length=500)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    tills: Annotated[list[Name], Field(max_length=TILLS_MAX, description="Added to those it has.")] = []

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is not an IANA time zone; write it like Asia/Shanghai")
        return value

    def command(self) -> RegisterStore:
        """What it asks for."""
        details = StoreDetails(**self.model_dump(exclude={"store", "tills"}))
        return RegisterStore(details, tuple(self.tills))


class NewStores(_Body):
    """Stores; each is answered for itself."""

    stores: Annotated[list[SkipValidation[NewStore]], Field(min_length=1, max_length=STORES_MAX)]


class NewTill(_Body):
    """One more till of a store."""

    till: Name


class Attribution(_Body):
    """Whose the receipt is to be: one of both."""

    customer_id: UUID | None = None
    member: MemberDocument | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.customer_id is None) == (self.member is None):
            raise ValueError("give customer_id or member, one of them")
        return self

    @property
    def to(self) -> UUID | MemberDocument:
        """The one that was given."""
        return self.customer_id or self.member or MemberDocument()


class LineComingBack(_Body):
    """What comes back of one line."""

    line: Annotated[int, Field(ge=1, le=LINE_MAX)]
    quantity: Annotated[
        Decimal | None,
        Field(ge=0, le=QUANTITY_MAX, decimal_places=3, description="All that is left of the line by default."),
    ] = None
    amount_minor: Annotated[
        int | None,
        Field(ge=0, le=AMOUNT_MINOR_MAX, description="The fair share by default; the last return takes the rest."),
    ] = None

    def part(self) -> LineReturn:
        """In the domain's units."""
        return LineReturn(self.line, None if self.quantity is None else milli_of(self.quantity), self.amount_minor)


class Return(_Body):
    """Goods that come back. `return_id` is made by the caller and kept for retries."""

    return_id: UUID
    returned_at: Moment
    lines: Annotated[list[LineComingBack], Field(min_length=1, max_length=LINES_MAX)]


class Void(_Body):
    """Cancels the whole receipt."""

    voided_at: Annotated[Moment | None, Field(description="Now by default.")] = None
