"""Why an offer does not apply: every code that there is, and what a clerk reads."""

# ruff: noqa: RUF001 - Chinese has a comma of its own
from __future__ import annotations

from typing import Literal, get_args

WhyNotCode = Literal[
    "not_started",
    "over",
    "other_currency",
    "other_store",
    "other_hours",
    "member_needed",
    "held_out",
    "not_in_segment",
    "not_first_purchase",
    "no_fitting_line",
    "basket_too_small",
    "other_party_redeems",
    "not_claimed",
    "coupon_needed",
    "coupon_unknown",
    "coupon_of_another",
    "coupon_not_now",
    "coupon_used",
    "no_saving",
    "stacking",
    "used_up",
    "money_used_up",
    "member_limit",
    "store_limit",
]
"""Stable: programs go by them."""
CODES: tuple[WhyNotCode, ...] = get_args(WhyNotCode)

TITLES: dict[WhyNotCode, dict[str, str]] = {
    "not_started": {"zh-CN": "活动尚未开始", "en": "It has not begun"},
    "over": {"zh-CN": "活动已结束", "en": "It is over"},
    "other_currency": {"zh-CN": "币种不符", "en": "It is in another currency"},
    "other_store": {"zh-CN": "本店不参加", "en": "It is not for this store"},
    "other_hours": {"zh-CN": "不在活动时段", "en": "It is not for this time of the week"},
    "member_needed": {
        "zh-CN": "仅限会员，请出示会员卡",
        "en": "It is for members; ask for the card",
    },
    "held_out": {"zh-CN": "该会员在对照组，不参加本次活动", "en": "The member is held out, to measure the effect"},
    "not_in_segment": {"zh-CN": "该会员不在活动客群", "en": "It is for other members"},
    "not_first_purchase": {"zh-CN": "仅限首次购物", "en": "It is for a first purchase"},
    "no_fitting_line": {"zh-CN": "没有参加活动的商品", "en": "Nothing in the basket is what it is for"},
    "basket_too_small": {"zh-CN": "未达到最低消费", "en": "The basket is worth too little"},
    "other_party_redeems": {"zh-CN": "请到合作方门店使用", "en": "It is redeemed at the partner's"},
    "not_claimed": {"zh-CN": "尚未领取", "en": "It was not claimed"},
    "coupon_needed": {"zh-CN": "需要优惠券", "en": "It needs a coupon"},
    "coupon_unknown": {"zh-CN": "优惠券码无效，请重新扫码", "en": "No coupon has this code; read it again"},
    "coupon_of_another": {"zh-CN": "优惠券属于其他会员", "en": "The coupon is another member's"},
    "coupon_not_now": {"zh-CN": "优惠券的活动未在进行", "en": "What the coupon is for is not running"},
    "coupon_used": {"zh-CN": "优惠券已使用", "en": "The coupon was used"},
    "no_saving": {"zh-CN": "没有可减的金额", "en": "Nothing is left that it could take off"},
    "stacking": {"zh-CN": "不能与其他优惠同时使用", "en": "It does not go together with what applies"},
    "used_up": {"zh-CN": "名额已用完", "en": "All its uses are taken"},
    "money_used_up": {"zh-CN": "活动预算已用完", "en": "Its money is used up"},
    "member_limit": {"zh-CN": "该会员已达使用次数上限", "en": "The member has had it as often as allowed"},
    "store_limit": {"zh-CN": "本店已达使用次数上限", "en": "The store has given it as often as allowed"},
}
"""In zh-CN and en; what is wrong with this very basket is said by the reason."""
