"""Why the business says no to a claim. The codes are part of the public contract."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.errors import NotFound, Rejected


class CampaignNotRunning(Rejected):
    """The campaign offers nothing now."""

    code: ClassVar[str] = "campaign_not_running"


class ClaimedElsewhere(Rejected):
    """The offer is claimed at the tills of another party."""

    code: ClassVar[str] = "not_the_claim_party"


class MemberErased(Rejected):
    """The member was erased: nothing of her is kept any more."""

    code: ClassVar[str] = "member_erased"

    def __init__(self) -> None:
        super().__init__("the member was erased; nothing can be claimed for her any more", field="customer_id")


class CouponUnknown(NotFound):
    """The campaign has issued no such coupon."""

    code: ClassVar[str] = "coupon_unknown"

    def __init__(self) -> None:
        super().__init__("coupon is none of this campaign's; check its 16 characters", field="coupon")
