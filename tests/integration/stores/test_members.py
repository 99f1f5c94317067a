"""Whose a receipt is: known at the till, found later, moved, erased; and the race between taking and linking."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from services.stores.adapters.member_tokens_postgres import PostgresMemberTokens
from services.stores.application.ports import Holder
from services.stores.application.reading import read_documents
from services.stores.bootstrap import _wire
from shared.kernel.ids import new_id
from shared.kernel.messages import Cause
from shared.testing.waiting import until
from tests.support.locks import somebody_waits

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from services.stores.application.intake import Result
    from tests.integration.stores.conftest import Chain

CARD = {"card": "A1"}


def _keys(chain: Chain) -> list[tuple[str, str, int]]:
    return [(sale["type"], sale["key"], sale["receipt_version"]) for sale in chain.told()]


def test_a_known_member_has_the_sale_at_once(chain: Chain) -> None:
    chain.hear(chain.linked("ann", "A1"))
    chain.record(member=CARD)
    ann = str(chain.person("ann"))
    assert _keys(chain) == [("sale_recorded", ann, 1)]
    assert chain.told()[0]["customer_id"] == ann
    assert chain.rows("select * from waiting_receipts") == []


def test_a_late_link_attributes_every_waiting_receipt_as_it_stands(chain: Chain) -> None:
    first = chain.record(number="1", member=CARD)
    second = chain.record(number="2", member=CARD)
    chain.record(number="3", member={"card": "B2"})
    chain.record(number="4")
    back = {"return_id": str(new_id()), "returned_at": "2026-03-05T10:00:00+08:00", "lines": [{"line": 1}]}
    assert chain.post(f"/receipts/{second}/returns", back).status_code == 200
    chain.hear(chain.linked("ann", "A1"))
    ann = str(chain.person("ann"))
    attributed = {sale["receipt_id"]: sale for sale in chain.told() if sale["type"] == "sale_attributed"}
    assert attributed.keys() == {first, second}
    assert {(sale["key"], sale["customer_id"]) for sale in attributed.values()} == {(ann, ann)}
    assert (attributed[first]["receipt_version"], attributed[first]["net_minor"]) == (2, 1_500)
    assert (attributed[second]["receipt_version"], attributed[second]["net_minor"]) == (3, 500)
    assert [line["returned_minor"] for line in attributed[second]["lines"]] == [1_000, 0]
    assert attributed[second]["lines"][0]["returned_quantity"] == "2"
    assert chain.rows("select count(*) from waiting_receipts") == [(1,)]


def test_a_link_heard_twice_attributes_once(chain: Chain) -> None:
    chain.record(member=CARD)
    chain.hear(chain.linked("ann", "A1"))
    chain.hear(chain.linked("ann", "A1"))
    assert len(chain.told("sale_attributed")) == 1


def test_a_receipt_waits_its_days_and_no_longer(chain: Chain) -> None:
    chain.record(member=CARD)
    assert chain.rows("select waits_until from waiting_receipts") == [(date(2026, 6, 8),)]
    (job,) = chain.service.jobs
    job.run(date(2026, 6, 8))
    chain.hear(chain.linked("ann", "A1", at="2026-06-09T00:00:00+08:00"))
    assert chain.told("sale_attributed") == []
    chain.hear(chain.linked("ann", "A1", at="2026-06-08T23:00:00+08:00"))
    assert len(chain.told("sale_attributed")) == 1
    chain.record(number="2", member={"card": "B2"})
    job.run(date(2026, 6, 9))
    assert chain.rows("select count(*) from waiting_receipts") == [(0,)]


def test_a_receipt_that_has_somebody_is_not_taken_away_by_a_late_link(chain: Chain) -> None:
    chain.hear(chain.linked("bob", "B2"))
    receipt_id = chain.record(member=CARD)
    moved = chain.post(f"/receipts/{receipt_id}/attribution", {"customer_id": str(chain.person("bob"))})
    assert moved.json() == {"receipt_id": receipt_id, "version": 2}
    chain.hear(chain.linked("ann", "A1"))
    assert chain.get(f"/receipts/{receipt_id}").json()["customer_id"] == str(chain.person("bob"))


def test_moving_detaches_from_the_one_and_attributes_to_the_other(chain: Chain) -> None:
    chain.hear(chain.linked("ann", "A1"), chain.linked("bob", "B2"))
    receipt_id = chain.record(member=CARD)
    path = f"/receipts/{receipt_id}/attribution"
    first = chain.post(path, {"member": {"card": "b2"}})
    again = chain.post(path, {"customer_id": str(chain.person("bob"))})
    assert first.json() == again.json() == {"receipt_id": receipt_id, "version": 2}
    ann, bob = str(chain.person("ann")), str(chain.person("bob"))
    assert _keys(chain) == [
        ("sale_recorded", ann, 1),
        ("sale_detached", ann, 2),
        ("sale_attributed", bob, 2),
    ]
    detached, attributed = chain.told()[1:]
    assert (detached["customer_id"], detached["net_minor"]) == (ann, 0)
    assert (attributed["customer_id"], attributed["net_minor"]) == (bob, 1_500)


def test_moving_to_nobody_is_refused(chain: Chain) -> None:
    receipt_id = chain.record()
    path = f"/receipts/{receipt_id}/attribution"
    for to in ({"member": {"card": "Z9"}}, {"customer_id": str(new_id())}):
        answer = chain.post(path, to)
        assert (answer.status_code, answer.json()["code"]) == (404, "member_unknown")
    for to in ({}, {"member": {"card": "Z9"}, "customer_id": str(new_id())}, {"member": {}}):
        assert chain.post(path, to).status_code == 422
    chain.hear(chain.linked("ann", "A1"))
    unknown = chain.post(f"/receipts/{new_id()}/attribution", {"member": CARD})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "receipt_not_found")


def test_an_erased_members_tokens_are_nobodys(chain: Chain) -> None:
    chain.hear(chain.linked("ann", "A1"))
    kept = chain.record(number="1", member=CARD)
    chain.hear(chain.erased("ann", "A1"))
    chain.record(number="2", member=CARD)
    assert chain.told()[-1]["customer_id"] is None
    assert chain.get(f"/receipts/{kept}").json()["customer_id"] == str(chain.person("ann"))
    assert chain.rows("select customer_id, erased_on from member_tokens") == [(None, date(2026, 3, 10))]


def test_a_link_that_an_erasure_overtook_brings_nobody_back(chain: Chain) -> None:
    chain.record(member=CARD)
    chain.hear(chain.erased("ann", "A1"))
    chain.hear(chain.linked("ann", "A1"))
    assert chain.told("sale_attributed") == []
    assert chain.rows("select customer_id from member_tokens") == [(None,)]


def test_a_later_holder_of_a_number_gets_nothing_of_the_erased_one(chain: Chain) -> None:
    chain.record(number="1", member=CARD)
    chain.hear(chain.erased("ann", "A1", at="2026-03-02T12:00:00+08:00"))
    later = chain.record(number="2", member=CARD, occurred_at="2026-03-03T12:00:00+08:00")
    chain.hear(chain.linked("bob", "A1"))
    assert [sale["receipt_id"] for sale in chain.told("sale_attributed")] == [later]


def test_an_erasure_leaves_a_number_to_whoever_has_it_by_now(chain: Chain) -> None:
    chain.hear(chain.linked("ann", "A1"), chain.linked("bob", "A1"), chain.erased("ann", "A1"))
    assert chain.rows("select customer_id from member_tokens") == [(chain.person("bob"),)]


def test_one_batch_is_followed_in_order(chain: Chain) -> None:
    receipt_id = chain.record(member=CARD)
    chain.hear(chain.linked("ann", "A1"), chain.erased("ann", "A1"), chain.linked("bob", "B2"))
    assert chain.told("sale_attributed") == []
    assert chain.get(f"/receipts/{receipt_id}").json()["customer_id"] is None
    assert chain.rows("select count(*) from member_tokens where customer_id is not null") == [(1,)]


@pytest.mark.parametrize("token_came_before", [True, False])
@pytest.mark.parametrize("link_commits", [True, False])
def test_a_link_that_is_under_way_when_a_receipt_comes_misses_nothing(
    chain: Chain,
    *,
    link_commits: bool,
    token_came_before: bool,
) -> None:
    """The intake waits for the link, and then sees whose the token is; or that it is still nobody's."""
    if token_came_before:
        chain.hear(chain.erased("somebody", "A1"))
    tokens, token = PostgresMemberTokens(), chain.token("A1")
    with chain.engine.connect() as linking:
        tokens.take(linking, [token])
        tokens.hold(linking, {token: Holder(chain.person("ann"))})
        intake = threading.Thread(target=chain.record, kwargs={"member": CARD})
        intake.start()
        until(lambda: somebody_waits(chain.engine), what="the intake to wait for the link")
        linking.commit() if link_commits else linking.rollback()
        intake.join()
    assert [sale["customer_id"] for sale in chain.told()] == [str(chain.person("ann")) if link_commits else None]
    assert chain.rows("select count(*) from waiting_receipts") == [(0 if link_commits else 1,)]


@pytest.mark.parametrize("token_came_before", [True, False])
@pytest.mark.parametrize("intake_commits", [True, False])
def test_a_receipt_that_is_under_way_when_a_link_comes_is_found(
    chain: Chain,
    *,
    intake_commits: bool,
    token_came_before: bool,
) -> None:
    """The link waits for every intake that saw nobody, and then finds its receipt."""
    if token_came_before:
        chain.hear(chain.erased("somebody", "A1", at="2026-01-01T00:00:00+08:00"))
    with chain.engine.connect() as taking:
        results = _take(chain, taking, chain.receipt(member=CARD))
        link = threading.Thread(target=chain.hear, args=(chain.linked("ann", "A1"),))
        link.start()
        until(lambda: somebody_waits(chain.engine), what="the link to wait for the intake")
        taking.commit() if intake_commits else taking.rollback()
        link.join()
    assert [result.outcome for result in results] == ["recorded"]
    attributed = [sale["customer_id"] for sale in chain.told("sale_attributed")]
    assert attributed == ([str(chain.person("ann"))] if intake_commits else [])
    assert chain.rows("select count(*) from waiting_receipts") == [(0,)]
    chain.record(number="next", member=CARD)
    assert chain.told()[-1]["customer_id"] == str(chain.person("ann"))


def test_an_erasure_that_meets_a_link_under_way_leaves_the_new_holder(chain: Chain) -> None:
    chain.hear(chain.linked("ann", "A1"))
    tokens, token = PostgresMemberTokens(), chain.token("A1")
    with chain.engine.connect() as linking:
        tokens.take(linking, [token])
        tokens.hold(linking, {token: Holder(chain.person("bob"))})
        erasure = threading.Thread(target=chain.hear, args=(chain.erased("ann", "A1"),))
        erasure.start()
        until(lambda: somebody_waits(chain.engine), what="the erasure to wait for the link")
        linking.commit()
        erasure.join()
    assert chain.rows("select customer_id from member_tokens") == [(chain.person("bob"),)]


def test_linking_and_taking_at_once_loses_no_receipt(chain: Chain) -> None:
    cards = [f"C{n}" for n in range(20)]
    rounds = [[chain.receipt(number=f"{card}-{n}", member={"card": card}) for card in cards] for n in range(15)]
    facts = [chain.linked(card, card) for card in cards]
    start = threading.Barrier(3)

    def take(batches: list[list[dict[str, object]]]) -> None:
        start.wait()
        for batch in batches:
            chain.take(*batch)

    def link() -> None:
        start.wait()
        for first in range(0, len(facts), 4):
            chain.hear(*facts[first : first + 4])

    threads = [threading.Thread(target=take, args=(part,)) for part in (rounds[::2], rounds[1::2])]
    threads.append(threading.Thread(target=link))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    owners = chain.rows("select count(*) from waiting_receipts")
    last = {sale["receipt_id"]: sale["customer_id"] for sale in chain.told()}
    assert owners == [(0,)]
    assert len(last) == 300
    assert None not in last.values()


def _take(chain: Chain, connection: Connection, document: dict[str, object]) -> list[Result]:
    """One receipt in a transaction that stays open."""
    wiring = _wire(chain.settings)
    wiring.engine.dispose()
    cause = Cause(new_id(), new_id(), datetime.now(UTC))
    return wiring.intake.take(connection, read_documents([document]), cause, lock=False)
