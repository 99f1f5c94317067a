"""Who trades in a street: parties, who is near whom, and whose a store is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from services.campaigns.application.parties import Parties
from services.campaigns.domain.party.events import PartyDetails, StorePlace
from services.campaigns.read_models.parties.query import store_owners
from shared.kernel.ids import new_id
from shared.kernel.messages import Cause
from shared.testing.waiting import until
from tests.integration.campaigns.conftest import BOOKS, HERE, TEA, US, party
from tests.integration.campaigns.street import (
    codes,
    partner,
    together,
)
from tests.support.locks import somebody_waits
from tests.support.sales import NOON

if TYPE_CHECKING:
    from tests.integration.campaigns.conftest import Campaigns


def test_partners_near_a_store_other_categories_first_then_the_nearest(street: Campaigns) -> None:
    found = street.http.get("/parties", params={"near_store": "367"})
    assert codes(found) == [BOOKS, TEA, "other-grocer"]
    distances = {item["code"]: item["distance_m"] for item in found.json()["items"]}
    assert distances == {BOOKS: 111, TEA: 500, "other-grocer": 11}
    assert codes(street.http.get("/parties", params={"near_store": "367", "within_m": 450})) == [BOOKS, "other-grocer"]
    assert "far-away" in codes(street.http.get("/parties", params={"near_store": "367", "within_m": 10_000}))
    assert codes(street.http.get("/parties", params={"near_store": "12"})) == [], "another store, another street"


def test_the_date_line_is_no_border(street: Campaigns) -> None:
    at_sea = {"latitude": -17.0, "longitude": 179.9995}
    store = {"store": "F1"} | at_sea
    for body in (party("ferry", "travel", ours=True, stores=[store]), party("bar", "drinks") | at_sea):
        street.http.post("/parties", json=body).raise_for_status()
    street.http.post("/parties", json=party("pier", "fish") | at_sea | {"longitude": -179.9995}).raise_for_status()
    found = street.http.get("/parties", params={"near_store": "F1", "within_m": 200}).json()["items"]
    assert [(item["code"], item["distance_m"]) for item in found] == [("bar", 0), ("pier", 106)]


def test_stores_see_their_own_street_and_partners_themselves(street: Campaigns) -> None:
    manager = street.by("store_manager", stores=["367"])
    assert codes(manager.get("/parties", params={"near_store": "367"}))
    for store in ("12", "nowhere"):
        hidden = manager.get("/parties", params={"near_store": store})
        assert (hidden.status_code, hidden.json()["code"]) == (404, "store_without_party")
    assert codes(partner(street).get("/parties")) == [TEA]
    assert codes(partner(street).get("/parties", params={"near_store": "367"})) == [TEA]
    assert partner(street).get(f"/parties/{TEA}").json()["stores"] == [
        {"store": "T1", "latitude": 31.2345, "longitude": 121.47},
    ]
    assert partner(street).get(f"/parties/{BOOKS}").status_code == 404
    assert partner(street).post("/parties", json=party("new", "tea")).status_code == 403


def test_parties_page_by_page(street: Campaigns) -> None:
    first = street.http.get("/parties", params={"limit": 3})
    rest = street.http.get("/parties", params={"limit": 3, "cursor": first.json()["next_cursor"]})
    assert codes(first) + codes(rest) == [BOOKS, "far-away", "other-grocer", TEA, US]
    assert rest.json()["next_cursor"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"latitude": 90.1},
        {"longitude": -180.5},
        {"latitude": "NaN"},
        {"code": "Tea House"},
        {"category": ""},
        {"stores": ["1", "1"]},
        {"stores": [{"store": "1", "latitude": 99, "longitude": 0}]},
        {"stores": ["1"] * 1_001},
        {"phone": "1"},
    ],
)
def test_a_party_that_cannot_be_is_refused(street: Campaigns, wrong: dict[str, Any]) -> None:
    answer = street.http.post("/parties", json=party("new", "tea") | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert next(iter(wrong)) in str(answer.json())


def test_of_two_parties_that_ask_for_one_store_in_one_moment_one_gets_it(street: Campaigns) -> None:
    handler = street.service.handler
    said = PartyDetails(name="P1", category="tea", ours=False, stores=(StorePlace(store_id="T9", **HERE),), **HERE)
    with ThreadPoolExecutor(1) as pool:
        with street.service.engine.begin() as connection:
            cause = Cause(new_id(), new_id(), NOON)
            Parties(handler, store_owners).register(connection, "p1", said, cause, lock=False)
            second = pool.submit(street.http.post, "/parties", json=party("p2", "tea", stores=["T9"]))
            until(lambda: somebody_waits(street.service.engine))
        refused = second.result()
    assert (refused.status_code, refused.json()["code"]) == (409, "store_of_another_party")


def test_parties_must_be_registered_before_they_promise_anything(street: Campaigns) -> None:
    unknown = {"claim_party": US, "redeem_party": "nobody", "shares": {US: "50", "nobody": "50"}}
    refused = street.by("marketer", "ann").post("/campaigns", json=together() | {"joint": unknown})
    assert (refused.status_code, refused.json()["code"]) == (404, "party_not_found")
