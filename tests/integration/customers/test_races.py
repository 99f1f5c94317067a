"""Callers that meet: real threads, real transactions, each round with its own people."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from shared.kernel.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.customers.conftest import Api

ROUNDS = 15


def together(*calls: Callable[[], Any]) -> list[Any]:
    """All at once; their answers."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_two_who_register_one_phone_exactly_one_gets_it(api: Api) -> None:
    for n in range(ROUNDS):
        phone = f"138{n:08}"
        answers = together(*[lambda p=phone: api.post("/customers", {"phone": p}) for _ in range(4)])
        assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
        assert {a.json()["code"] for a in answers if a.status_code == 409} == {"identifier_taken"}
    assert api.rows("select count(*) from vault_keys") == [(ROUNDS,)]
    assert api.rows("select count(*) from events") == [(2 * ROUNDS,)]


def test_one_registration_sent_twice_at_once_is_one_customer(api: Api) -> None:
    for n in range(3 * ROUNDS):
        body = {"customer_id": str(new_id()), "phone": f"138{n:08}"}
        answers = together(*[lambda b=body: api.post("/customers", b) for _ in range(3)])
        assert [(a.status_code, a.json()["version"]) for a in answers] == [(201, 2)] * 3


def test_batches_that_cross_wait_for_each_other_and_each_identifier_has_one_owner(api: Api) -> None:
    cards = [f"{n}" for n in range(200)]
    one, two = together(
        lambda: api.post("/customers/batch", {"customers": [{"card": card} for card in cards]}),
        lambda: api.post("/customers/batch", {"customers": [{"card": card} for card in reversed(cards)]}),
    )
    results = one.json()["results"] + two.json()["results"]
    assert sorted(r["code"] or r["outcome"] for r in results) == ["identifier_taken"] * 200 + ["registered"] * 200


def test_of_two_who_link_one_card_exactly_one_gets_it(api: Api) -> None:
    for n in range(ROUNDS):
        ids = [api.register(phone=f"138{n:07}{k}") for k in range(2)]
        answers = together(
            *[
                lambda id_=id_, n=n: api.post(f"/customers/{id_}/identifiers", {"kind": "card", "value": f"C{n}"})
                for id_ in ids
            ],
        )
        assert sorted(a.status_code for a in answers) == [200, 409]


def test_an_erasure_meets_a_consent_and_a_link_and_nothing_is_left_behind(api: Api) -> None:
    for n in range(ROUNDS):
        customer = f"/customers/{api.register(phone=f'138{n:08}')}"
        erased, *others = together(
            lambda c=customer: api.post(f"{c}/erasure"),
            lambda c=customer: api.post(f"{c}/consents", {"purpose": "profiling", "text_version": "t1"}),
            lambda c=customer, n=n: api.post(f"{c}/identifiers", {"kind": "card", "value": f"C{n}"}),
        )
        assert erased.status_code == 200
        for answer in others:
            assert answer.status_code == 200 or answer.json()["code"] == "customer_erased"
        assert api.post(f"{customer}/consents", {"purpose": "membership", "text_version": "t"}).status_code == 409
    for table in ("vault_keys", "vault_records", "blind_index"):
        assert api.rows(f"select count(*) from {table}") == [(0,)]
    last = "select distinct on (stream_id) type from events order by stream_id, stream_version desc"
    assert api.rows(f"select distinct type from ({last}) e") == [("customer_erased",)]
