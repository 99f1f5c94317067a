"""What `loyalty` listens to: sales and members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.application.members import Member
from services.loyalty.application.sales import Sale
from shared.contracts.customers import CUSTOMERS_TOPIC, CustomerErased, CustomerRegistered
from shared.contracts.stores import (
    SALES_TOPIC,
    SaleAttributed,
    SaleDetached,
    SaleRecorded,
    SaleReturned,
    SaleVoided,
)
from shared.messaging.consumer import Consumer

if TYPE_CHECKING:
    from services.loyalty.application.members import FollowMembers
    from services.loyalty.application.sales import SettleSales

_SALES = (SaleRecorded, SaleAttributed, SaleDetached, SaleReturned, SaleVoided)


def consumers(settle_sales: SettleSales, follow_members: FollowMembers) -> tuple[Consumer, ...]:
    """The consumers of the service."""
    return (
        Consumer(
            name="loyalty.sales",
            topics=(SALES_TOPIC,),
            views={sale.type: Sale for sale in _SALES},
            handle=settle_sales,
            order="key",
        ),
        Consumer(
            name="loyalty.customers",
            topics=(CUSTOMERS_TOPIC,),
            views={CustomerRegistered.type: Member, CustomerErased.type: Member},
            handle=follow_members,
            order="key",
            urgent=frozenset({CustomerErased.type}),
            erased_by=CustomerErased.type,
        ),
    )
