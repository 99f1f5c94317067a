"""What `loyalty` listens to: sales, what campaigns add to them, and members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.application.bonuses import BonusDue
from services.loyalty.application.members import Member
from services.loyalty.application.partners import SharedRedemption
from services.loyalty.application.sales import Sale
from shared.contracts.campaigns import CAMPAIGNS_TOPIC, BonusPointsDue, FundingShared
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
    from services.loyalty.application.bonuses import SettleBonuses
    from services.loyalty.application.members import FollowMembers
    from services.loyalty.application.partners import SettleFundings
    from services.loyalty.application.sales import SettleSales

_SALES = (SaleRecorded, SaleAttributed, SaleDetached, SaleReturned, SaleVoided)


def consumers(
    settle_sales: SettleSales,
    settle_bonuses: SettleBonuses,
    settle_fundings: SettleFundings,
    follow_members: FollowMembers,
) -> tuple[Consumer, ...]:
    """The consumers of the service."""
    return (
        Consumer(
            name="loyalty.sales",
            topics=(SALES_TOPIC,),
            views={sale.type: Sale for sale in _SALES},
            handle=settle_sales,
            order="key",
            # A receipt's version says whether it was settled; the ids of its events say so once more.
            repeatable=True,
            awaited=True,
            lanes=2,
        ),
        # One topic, two consumers: points that cannot be booked never hold up what partners owe, nor the other way.
        Consumer(
            name="loyalty.bonuses",
            topics=(CAMPAIGNS_TOPIC,),
            views={BonusPointsDue.type: BonusDue},
            handle=settle_bonuses,
            order="key",
            # As with sales, versions say what was settled.
            repeatable=True,
            awaited=True,
        ),
        Consumer(
            name="loyalty.fundings",
            topics=(CAMPAIGNS_TOPIC,),
            views={FundingShared.type: SharedRedemption},
            handle=settle_fundings,
            order="key",
            repeatable=True,
        ),
        Consumer(
            name="loyalty.customers",
            topics=(CUSTOMERS_TOPIC,),
            views={CustomerRegistered.type: Member, CustomerErased.type: Member},
            handle=follow_members,
            order="key",
            awaited=True,
            urgent=frozenset({CustomerErased.type}),
            erased_by=CustomerErased.type,
        ),
    )
