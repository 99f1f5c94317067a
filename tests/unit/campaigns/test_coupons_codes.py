"""Codes of coupons."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.campaigns.domain.coupon.codes import CODE_BYTES, coupon_id, written
from services.campaigns.domain.coupon.decider import COUPON, CouponUsed, FreeCoupon, TakeCoupon
from services.campaigns.domain.coupon.events import CouponFreed, CouponTaken
from shared.kernel.ids import derived_id
from shared.testing.specs import DeciderSpec

FIRST, SECOND = derived_id("checkout", 1), derived_id("checkout", 2)
bits = st.binary(min_size=CODE_BYTES, max_size=CODE_BYTES)


@given(bits, bits)
def test_every_bit_counts(one: bytes, other: bytes) -> None:
    assert (written(one) == written(other)) == (one == other)
    assert (coupon_id(written(one)) == coupon_id(written(other))) == (one == other)


@given(bits)
def test_it_is_read_as_people_type_it(random: bytes) -> None:
    code = written(random)
    assert coupon_id(code.lower()) == coupon_id(code) == coupon_id(code.replace("-", " "))
    assert coupon_id(code.replace("0", "O").replace("1", "i")) == coupon_id(code)


def test_what_is_kept_is_a_hash() -> None:
    assert written(bytes(10)) == "0000-0000-0000-0000"
    assert written(b"\xff" * 10) == "ZZZZ-ZZZZ-ZZZZ-ZZZZ"
    assert coupon_id("0000-0000-0000-0000") == hashlib.sha256(b"regulars coupon " + b"0" * 16).hexdigest()


@pytest.mark.parametrize("text", ["", "0000", "0000-0000-0000-000U", "0" * 17, "\uff10" * 16])
def test_what_is_no_code(text: str) -> None:
    assert coupon_id(text) is None


def test_one_checkout_at_a_time_has_it() -> None:
    taken = DeciderSpec(COUPON).when(TakeCoupon(FIRST)).then(CouponTaken(checkout_id=FIRST))
    taken.when(TakeCoupon(FIRST)).then_nothing()
    taken.when(TakeCoupon(SECOND)).then_rejected(CouponUsed)
    taken.when(FreeCoupon(SECOND)).then_nothing()
    freed = taken.when(FreeCoupon(FIRST)).then(CouponFreed(checkout_id=FIRST))
    freed.when(TakeCoupon(SECOND)).then(CouponTaken(checkout_id=SECOND))
