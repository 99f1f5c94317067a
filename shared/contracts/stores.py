"""What `stores` tells the others: sales as they stand, and the registry of stores and tills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import ConfigDict

from shared.contracts.base import IntegrationEvent

SALES_TOPIC = "stores.sales.v1"
REGISTRY_TOPIC = "stores.registry.v1"

Standing = Literal["kept", "returned", "voided"]
"""`returned` means that nothing of the receipt is left; a receipt with one line left is `kept`."""


# A dataclass and not frozen, unlike the models, and never changed: ten are made for every receipt, at a tenth of a
# model's cost.
@dataclass(slots=True)
class SaleLine:
    """One line of a sale. Amounts are minor units of the sale's currency; what came back is counted up."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    line: int
    product: str
    quantity: Decimal
    amount_minor: int
    category: str | None = None
    discount_minor: int = 0
    returned_quantity: Decimal = Decimal(0)
    returned_minor: int = 0


class SaleFact(IntegrationEvent):
    """What every event about a receipt says. `receipt_version` grows by one with each change of it.

    A consumer keeps the newest version per (receipt, customer) and ignores what is not newer.
    """

    topic: ClassVar[str] = SALES_TOPIC

    receipt_id: UUID
    receipt_version: int
    customer_id: UUID | None
    store_id: str
    business_date: date
    """The store's business date of the sale."""
    occurred_at: datetime
    """When the sale happened, with the store's offset."""
    currency: str
    total_minor: int
    """What was sold."""
    net_minor: int
    """What is left of it after returns; 0 when voided."""
    standing: Standing


class SaleDocument(SaleFact):
    """A whole receipt as it now stands."""

    till_id: str
    number: str
    checkout_id: UUID | None = None
    lines: tuple[SaleLine, ...]


class SaleRecorded(SaleDocument):
    """A receipt was accepted for the first time. `customer_id` is None while its member is unknown."""

    type: ClassVar[str] = "stores.sale_recorded.v1"


class SaleAttributed(SaleDocument):
    """A receipt now belongs to `customer_id`: found later, or moved from somebody else."""

    type: ClassVar[str] = "stores.sale_attributed.v1"


class SaleDetached(SaleFact):
    """A receipt does not belong to `customer_id` any more: `net_minor` is 0 for them."""

    type: ClassVar[str] = "stores.sale_detached.v1"


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """What came back of one line in one return."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    line: int
    quantity: Decimal
    amount_minor: int


class SaleReturned(SaleFact):
    """Some lines came back. `occurred_at` and `business_date` are the sale's; the return's stand beside them."""

    type: ClassVar[str] = "stores.sale_returned.v1"

    return_id: UUID
    returned_at: datetime
    returned_lines: tuple[ReturnedLine, ...]
    returned_minor: int


class SaleVoided(SaleFact):
    """The receipt was cancelled as a whole, as if it had not been."""

    type: ClassVar[str] = "stores.sale_voided.v1"

    voided_at: datetime


class StoreRegistered(IntegrationEvent):
    """A store as it is now, with its tills; the newest record of a key is the truth."""

    type: ClassVar[str] = "stores.store_registered.v1"
    topic: ClassVar[str] = REGISTRY_TOPIC

    store_id: str
    time_zone: str
    currency: str
    region: str | None = None
    tills: tuple[str, ...] = ()


EVENTS: tuple[type[IntegrationEvent], ...] = (
    SaleRecorded,
    SaleAttributed,
    SaleDetached,
    SaleReturned,
    SaleVoided,
    StoreRegistered,
)
