"""The decider of stores."""

from __future__ import annotations

from services.stores.domain.store.commands import RegisterStore, RegisterTill
from services.stores.domain.store.decider import DECIDER
from services.stores.domain.store.errors import CurrencyFixed, StoreNotFound, TimeZoneFixed
from services.stores.domain.store.events import StoreDetails, StoreDetailsChanged, StoreRegistered, TillRegistered
from shared.testing.specs import DeciderSpec

SHOP = StoreDetails(name="shop", time_zone="Asia/Shanghai", currency="CNY", latitude=31.2, longitude=121.5)
MOVED = SHOP.model_copy(update={"address": "2 Road"})
spec = DeciderSpec(DECIDER)


def test_a_new_store_with_tills() -> None:
    spec.when(RegisterStore(SHOP, ("1", "2", "1"))).then(
        StoreRegistered(details=SHOP),
        TillRegistered(till_id="1"),
        TillRegistered(till_id="2"),
    )


def test_the_same_store_again_changes_nothing() -> None:
    known = spec.given(StoreRegistered(details=SHOP), TillRegistered(till_id="1"))
    known.when(RegisterStore(SHOP, ("1",))).then_nothing()
    known.when(RegisterStore(SHOP)).then_nothing()


def test_other_details_replace_those_of_before_and_tills_are_added() -> None:
    known = spec.given(StoreRegistered(details=SHOP), TillRegistered(till_id="1"))
    known.when(RegisterStore(MOVED, ("2",))).then(StoreDetailsChanged(details=MOVED), TillRegistered(till_id="2"))
    known.given(StoreDetailsChanged(details=MOVED)).when(RegisterStore(MOVED)).then_nothing()


def test_the_currency_is_fixed() -> None:
    other = SHOP.model_copy(update={"currency": "USD"})
    spec.given(StoreRegistered(details=SHOP)).when(RegisterStore(other)).then_rejected(CurrencyFixed)


def test_the_time_zone_is_fixed() -> None:
    known = spec.given(StoreRegistered(details=SHOP))
    other = SHOP.model_copy(update={"time_zone": "Asia/Tokyo"})
    known.when(RegisterStore(other, ("1",))).then_rejected(TimeZoneFixed)
    known.given(StoreDetailsChanged(details=MOVED)).when(RegisterStore(other)).then_rejected(TimeZoneFixed)


def test_a_till_needs_a_store_and_comes_once() -> None:
    spec.when(RegisterTill("S", "1")).then_rejected(StoreNotFound)
    known = spec.given(StoreRegistered(details=SHOP))
    known.when(RegisterTill("S", "1")).then(TillRegistered(till_id="1")).when(RegisterTill("S", "1")).then_nothing()
