"""Issues coupons: in batches of codes that are shown once, or one for each of some members."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from services.campaigns.domain.coupon.codes import CODE_BYTES, coupon_id, written
from services.campaigns.domain.coupon.decider import IssueCoupons, batch_stream
from shared.commands.handler import Addressed
from shared.kernel.errors import Rejected
from shared.kernel.ids import derived_id
from shared.projections.erased import erased_among, hold_erasures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from services.campaigns.domain.offers.definition import RunningCampaign
    from shared.commands.handler import CommandHandler
    from shared.kernel.messages import Cause


_SHOWN_MAX = 10


class CouponsNotWanted(Rejected):
    """The campaign's offer asks for no coupon, or the campaign is over."""

    code: ClassVar[str] = "coupons_not_wanted"


class CouponsShownOnce(Rejected):
    """The batch was issued before, and its codes are not kept."""

    code: ClassVar[str] = "coupons_shown_once"


class MembersErased(Rejected):
    """Coupons were asked for members of whom nothing is kept any more."""

    code: ClassVar[str] = "member_erased"

    def __init__(self, erased: Sequence[UUID]) -> None:
        shown = ", ".join(map(str, erased[:_SHOWN_MAX]))
        super().__init__(
            f"{len(erased)} of the members were erased, {shown}{', ...' if len(erased) > _SHOWN_MAX else ''};"
            " nothing was issued, leave them out",
            field="customer_ids",
        )


class IssuedBatch(NamedTuple):
    """New coupons, by the codes that are nowhere else."""

    batch_id: UUID
    codes: tuple[str, ...]


class Coupons:
    """Makes codes of `random_bytes`, a source that cannot be foreseen, and keeps their hashes."""

    def __init__(self, handler: CommandHandler, random_bytes: Callable[[int], bytes]) -> None:
        self._handler = handler
        self._random_bytes = random_bytes

    def issue(
        self,
        connection: Connection,
        cause: Cause,
        campaign: RunningCampaign,
        *,
        count: int,
        customers: Sequence[UUID] = (),
    ) -> IssuedBatch:
        """`count` coupons; with `customers`, one bound to each.

        Raises `CouponsNotWanted`, `CouponsShownOnce`, and `MembersErased` rather than bind any to nobody.

        The same request again is refused and not answered: the codes were shown, and only their hashes were kept.
        """
        if not campaign.definition.coupon_required or campaign.status == "ended":
            raise CouponsNotWanted(
                f"campaign {campaign.definition.code} is {campaign.status}, and its coupon_required is"
                f" {campaign.definition.coupon_required}; only offers that ask for coupons, and are not over, have any",
            )
        if customers:
            # Until this commits nobody is erased: an erasure would not see the rows that are about to be added.
            hold_erasures(connection)
            if erased := erased_among(connection, customers):
                raise MembersErased(erased)
        random = self._random_bytes(count * CODE_BYTES)
        codes = tuple(written(random[at : at + CODE_BYTES]) for at in range(0, len(random), CODE_BYTES))
        hashes = tuple(hash_ for code in codes if (hash_ := coupon_id(code)) is not None)
        batch_id = derived_id("coupon_batch", cause.id)
        command = IssueCoupons(campaign.campaign_id, hashes, tuple(customers))
        decision = self._handler.run(connection, [[Addressed(batch_stream(batch_id), command, cause)]])[0].unwrap()
        if not decision.events:
            raise CouponsShownOnce(
                "the coupons of this request were issued, and their codes were shown then; if they are lost,"
                " issue others with another Idempotency-Key",
                batch_id=str(batch_id),
            )
        return IssuedBatch(batch_id, codes)
