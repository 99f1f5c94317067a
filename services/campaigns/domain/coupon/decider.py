"""What a coupon decides: one checkout at a time has it. Contended, so that the second till hears "used"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, assert_never, get_args
from uuid import UUID

from services.campaigns.domain.coupon.events import CouponEvent, CouponFreed, CouponsIssued, CouponTaken
from shared.kernel.decider import Decider, StreamId
from shared.kernel.errors import Rejected
from shared.kernel.messages import Command

if TYPE_CHECKING:
    from collections.abc import Sequence

CATEGORY = "coupon"
BATCH_CATEGORY = "coupon_batch"
EVENT_COUPONS_MAX = 1_000


class CouponUsed(Rejected):
    """Another checkout has it."""

    code: ClassVar[str] = "coupon_used"


@dataclass(frozen=True, slots=True)
class TakeCoupon(Command):
    """A checkout uses it."""

    checkout_id: UUID


@dataclass(frozen=True, slots=True)
class FreeCoupon(Command):
    """The checkout does not use it after all."""

    checkout_id: UUID


@dataclass(frozen=True, slots=True)
class IssueCoupons(Command):
    """Make coupons good, by the hashes of their codes; `customers` beside them binds each to a member."""

    campaign_id: UUID
    coupons: tuple[str, ...]
    customers: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon: who has it now."""

    taken_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class CouponBatch:
    """A batch: how many it issued."""

    count: int = 0


def coupon_stream(coupon: str) -> StreamId:
    """The stream of a coupon."""
    return StreamId(CATEGORY, coupon)


def batch_stream(batch_id: UUID) -> StreamId:
    """The stream of a batch."""
    return StreamId(BATCH_CATEGORY, str(batch_id))


def decide(command: TakeCoupon | FreeCoupon, coupon: Coupon) -> Sequence[CouponEvent]:
    """Takes or frees it. Raises `CouponUsed`."""
    match command:
        case TakeCoupon(checkout_id=checkout_id):
            if coupon.taken_by is not None and coupon.taken_by != checkout_id:
                raise CouponUsed("the coupon is used by another checkout")
            return [] if coupon.taken_by == checkout_id else [CouponTaken(checkout_id=checkout_id)]
        case FreeCoupon(checkout_id=checkout_id):
            return [CouponFreed(checkout_id=checkout_id)] if coupon.taken_by == checkout_id else []
        case _:
            assert_never(command)


def evolve(coupon: Coupon, event: CouponEvent) -> Coupon:  # noqa: ARG001 - each event says all that counts
    """The coupon after `event`."""
    return Coupon(event.checkout_id if isinstance(event, CouponTaken) else None)


def issue(command: IssueCoupons, batch: CouponBatch) -> Sequence[CouponsIssued]:
    """All of a batch at once, in events of a size that every reader takes. Nothing if it was issued before."""
    if batch.count:
        return []
    parts = range(0, len(command.coupons), EVENT_COUPONS_MAX)
    return [
        CouponsIssued(
            campaign_id=command.campaign_id,
            coupons=command.coupons[at : at + EVENT_COUPONS_MAX],
            customers=command.customers[at : at + EVENT_COUPONS_MAX],
        )
        for at in parts
    ]


def count(batch: CouponBatch, event: CouponsIssued) -> CouponBatch:
    """The batch after `event`."""
    return CouponBatch(batch.count + len(event.coupons))


COUPON: Decider[TakeCoupon | FreeCoupon, CouponEvent, Coupon] = Decider(
    category=CATEGORY,
    state_type=Coupon,
    events=get_args(CouponEvent),
    initial_state=Coupon,
    decide=decide,
    evolve=evolve,
    contended=True,
)
COUPON_BATCH: Decider[IssueCoupons, CouponsIssued, CouponBatch] = Decider(
    category=BATCH_CATEGORY,
    state_type=CouponBatch,
    events=(CouponsIssued,),
    initial_state=CouponBatch,
    decide=issue,
    evolve=count,
)
