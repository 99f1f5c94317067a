"""What `stores` follows: who is who, and the receipts that tills write to their topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.stores.application.members import ErasedView, LinkedView
from services.stores.application.till_records import ReceiptView, read_record
from shared.contracts.customers import CUSTOMERS_TOPIC, CustomerErased, IdentifierLinked
from shared.contracts.receipts import RECEIPTS_TOPIC, PosReceipt
from shared.messaging.consumer import Consumer

if TYPE_CHECKING:
    from services.stores.application.members import MemberFollower
    from services.stores.application.taking import ReceiptTaker

RECEIPTS_BATCH_MAX = 500


def members_consumer(follower: MemberFollower) -> Consumer:
    """Tokens get customers, and lose them on erasure."""
    return Consumer(
        name="stores.members",
        topics=(CUSTOMERS_TOPIC,),
        views={IdentifierLinked.type: LinkedView, CustomerErased.type: ErasedView},
        handle=follower,
        order="key",
        awaited=True,
        urgent=frozenset({CustomerErased.type}),
        erased_by=CustomerErased.type,
    )


def receipts_consumer(taker: ReceiptTaker) -> Consumer:
    """Receipts from any producer; each stands for itself, so one that waits does not hold up its till."""
    return Consumer(
        name="stores.receipts",
        topics=(RECEIPTS_TOPIC,),
        views={PosReceipt.type: ReceiptView},
        handle=taker,
        order="none",
        awaited=True,
        batch_size_max=RECEIPTS_BATCH_MAX,
        decode=read_record,
    )
