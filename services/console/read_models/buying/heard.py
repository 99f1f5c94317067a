"""What is read of sales, and a receipt as it is kept."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple
from uuid import UUID

from shared.contracts.base import BusinessDate, Currency, Version, View, WholeNumber
from shared.contracts.stores import SaleAttributed, SaleRecorded, SaleReturned, SaleVoided
from shared.kernel.text import Code


class SaleView(View):
    """What is read of a sale: nothing of its lines."""

    receipt_id: UUID
    receipt_version: Version
    customer_id: UUID | None
    store_id: Code
    business_date: BusinessDate
    currency: Currency
    net_minor: WholeNumber
    standing: Literal["kept", "returned", "voided"]


VIEWS: dict[str, type[View]] = {
    kind.type: SaleView for kind in (SaleRecorded, SaleAttributed, SaleReturned, SaleVoided)
}
"""Not that a receipt was detached from somebody: the same version tells whose it is now."""


class Receipt(NamedTuple):
    """A receipt as it was or is."""

    store_id: str
    business_date: date
    currency: str
    net_minor: int
    counted: bool
    of_member: bool
    customer_id: UUID | None


Change = tuple[Receipt | None, Receipt]
"""A receipt that changed: as it was, None if it is new, and as it is."""
