"""What `stores` follows of other services: who is who."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.stores.application.members import ErasedView, LinkedView
from shared.contracts.customers import CUSTOMERS_TOPIC, CustomerErased, IdentifierLinked
from shared.messaging.consumer import Consumer

if TYPE_CHECKING:
    from services.stores.application.members import MemberFollower


def members_consumer(follower: MemberFollower) -> Consumer:
    """Tokens get customers, and lose them on erasure."""
    return Consumer(
        name="stores.members",
        topics=(CUSTOMERS_TOPIC,),
        views={IdentifierLinked.type: LinkedView, CustomerErased.type: ErasedView},
        handle=follower,
        order="key",
        urgent=frozenset({CustomerErased.type}),
        erased_by=CustomerErased.type,
    )
