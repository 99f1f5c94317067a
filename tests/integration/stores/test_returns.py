"""Returns in steps, voids, and what they leave in the sums; the answers to repeated requests."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from shared.kernel.ids import new_id

if TYPE_CHECKING:
    from tests.integration.stores.conftest import Chain

AT = "2026-03-05T10:00:00+08:00"


def _return(chain: Chain, receipt_id: str, *lines: dict[str, Any], return_id: str | None = None) -> Any:
    body = {"return_id": return_id or str(new_id()), "returned_at": AT, "lines": lines}
    return chain.post(f"/receipts/{receipt_id}/returns", body)


def _sums(chain: Chain, **query: object) -> list[dict[str, Any]]:
    fields = ("store", "day", "category", "sales_minor", "returned_minor", "voided_minor", "net_minor")
    return [{name: item[name] for name in fields if item[name] is not None} for item in _page(chain, **query)]


def _page(chain: Chain, **query: object) -> list[dict[str, Any]]:
    return list(chain.get("/sales", **query).json()["items"])


def test_a_line_comes_back_in_steps_and_the_last_takes_the_rest(chain: Chain) -> None:
    line = {"product": "p", "quantity": 3, "amount_minor": 1_000, "category": "TEA"}
    receipt_id = chain.record(lines=[line], total_minor=1_000)
    steps = [_return(chain, receipt_id, {"line": 1, "quantity": 1}).json() for _ in range(3)]
    assert [step["returned_minor"] for step in steps] == [333, 333, 334]
    assert [(step["version"], step["net_minor"], step["standing"]) for step in steps] == [
        (2, 667, "kept"),
        (3, 334, "kept"),
        (4, 0, "returned"),
    ]
    more = _return(chain, receipt_id, {"line": 1})
    assert (more.status_code, more.json()["code"]) == (409, "nothing_left")
    told = chain.told()[1:]
    assert [(sale["type"], sale["net_minor"], sale["receipt_version"]) for sale in told] == [
        ("sale_returned", 667, 2),
        ("sale_returned", 334, 3),
        ("sale_returned", 0, 4),
    ]
    assert told[0]["returned_lines"] == [{"line": 1, "quantity": "1", "amount_minor": 333}]
    assert told[0]["occurred_at"] == "2026-03-01T18:30:00+08:00"


def test_a_repeated_return_has_the_first_answer_also_after_more_happened(chain: Chain) -> None:
    receipt_id, return_id = chain.record(), str(new_id())
    first = _return(chain, receipt_id, {"line": 1, "quantity": 1}, return_id=return_id)
    _return(chain, receipt_id, {"line": 2})
    chain.post(f"/receipts/{receipt_id}/void", {})
    again = _return(chain, receipt_id, {"line": 1, "quantity": 1}, return_id=return_id)
    assert again.json() == first.json()
    other = _return(chain, receipt_id, {"line": 2, "quantity": 1}, return_id=return_id)
    assert (other.status_code, other.json()["code"]) == (409, "return_id_reused")
    assert chain.rows("select count(*) from events where type = 'lines_returned'") == [(2,)]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([{"line": 3}], "line_not_sold"),
        ([{"line": 1, "quantity": 3}], "more_than_sold"),
        ([{"line": 1, "quantity": 1, "amount_minor": 1_001}], "more_than_sold"),
        ([{"line": 1, "quantity": 0}], "return_unclear"),
        ([{"line": 1, "quantity": 1}, {"line": 1, "quantity": 1}], "return_unclear"),
    ],
)
def test_more_than_was_sold_never_comes_back(chain: Chain, lines: list[dict[str, Any]], code: str) -> None:
    answer = _return(chain, chain.record(), *lines)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert chain.rows("select count(*) from events where type = 'lines_returned'") == [(0,)]


def test_a_void_undoes_what_is_left_and_is_answered_again(chain: Chain) -> None:
    receipt_id = chain.record()
    _return(chain, receipt_id, {"line": 1, "quantity": 1})
    first = chain.post(f"/receipts/{receipt_id}/void", {"voided_at": AT})
    again = chain.post(f"/receipts/{receipt_id}/void", {})
    assert first.json() == again.json()
    assert first.json() == {"receipt_id": receipt_id, "version": 3, "standing": "voided", "net_minor": 0}
    assert _return(chain, receipt_id, {"line": 2}).json()["code"] == "receipt_voided"
    voided = chain.told()[-1]
    assert (voided["type"], voided["net_minor"], voided["standing"]) == ("sale_voided", 0, "voided")
    assert voided["voided_at"] == AT


def test_a_receipt_of_which_nothing_is_left_can_be_voided(chain: Chain) -> None:
    receipt_id = chain.record()
    _return(chain, receipt_id, {"line": 1}, {"line": 2})
    assert chain.post(f"/receipts/{receipt_id}/void", {}).json()["standing"] == "voided"
    totals = chain.get("/totals").json()["totals"][0]
    assert (totals["voided_receipts"], totals["returned_minor"], totals["voided_minor"]) == (1, 1_500, 0)


def test_unknown_receipts_are_404(chain: Chain) -> None:
    nowhere = new_id()
    answers = [
        chain.get(f"/receipts/{nowhere}"),
        _return(chain, str(nowhere), {"line": 1}),
        chain.post(f"/receipts/{nowhere}/void", {}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "receipt_not_found")] * 3
    assert chain.rows("select count(*) from stream_state where stream_category = 'receipt'") == [(0,)]


def test_eighty_returns_at_once_of_twenty_pieces(chain: Chain) -> None:
    line = {"product": "p", "quantity": 20, "amount_minor": 1_999}
    receipt_id = chain.record(lines=[line], total_minor=1_999)
    start, answers = threading.Barrier(8), []

    def bring_back() -> None:
        start.wait()
        answers.extend(_return(chain, receipt_id, {"line": 1, "quantity": 1}) for _ in range(10))

    threads = [threading.Thread(target=bring_back) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    paid = [answer.json()["returned_minor"] for answer in answers if answer.status_code == 200]
    assert (len(paid), sum(paid)) == (20, 1_999)
    assert {answer.json()["code"] for answer in answers if answer.status_code != 200} == {"nothing_left"}
    assert chain.get(f"/receipts/{receipt_id}").json()["standing"] == "returned"


def test_sums_keep_gross_and_net_apart(chain: Chain) -> None:
    chain.post(
        "/stores", {"store": "NY", "name": "NY", "time_zone": "America/New_York", "currency": "USD", "tills": ["1"]}
    )
    first = chain.record(number="1")
    second = chain.record(number="2", occurred_at="2026-03-02T18:30:00+08:00")
    chain.record(number="3", store="NY", occurred_at="2026-03-02T01:30:00Z", amounts=(700,))
    _return(chain, first, {"line": 1, "quantity": 1}, {"line": 2})
    _return(chain, second, {"line": 2})
    chain.post(f"/receipts/{second}/void", {})
    assert _sums(chain) == [
        {"store": "NY", "sales_minor": 700, "returned_minor": 0, "voided_minor": 0, "net_minor": 700},
        {"store": "SH-001", "sales_minor": 3_000, "returned_minor": 1_500, "voided_minor": 1_000, "net_minor": 500},
    ]
    assert _sums(chain, group_by="day", store="SH-001") == [
        {"day": "2026-03-01", "sales_minor": 1_500, "returned_minor": 1_000, "voided_minor": 0, "net_minor": 500},
        {"day": "2026-03-02", "sales_minor": 1_500, "returned_minor": 500, "voided_minor": 1_000, "net_minor": 0},
    ]
    categories = _page(chain, group_by="category", **{"from": "2026-03-01", "to": "2026-03-01"})
    assert [(row["category"], row["currency"], row["net_minor"], row["quantity"]) for row in categories] == [
        ("FRUIT", "CNY", 0, "2.000"),
        ("TEA", "CNY", 500, "2.000"),
        ("TEA", "USD", 700, "2.000"),
    ]
    totals = chain.get("/totals").json()["totals"]
    assert totals == [
        {
            "currency": "CNY",
            "receipts": 2,
            "voided_receipts": 1,
            "lines": 4,
            "sales_minor": 3_000,
            "returned_minor": 1_500,
            "voided_minor": 1_000,
            "net_minor": 500,
            "stores": 1,
        },
        {
            "currency": "USD",
            "receipts": 1,
            "voided_receipts": 0,
            "lines": 1,
            "sales_minor": 700,
            "returned_minor": 0,
            "voided_minor": 0,
            "net_minor": 700,
            "stores": 1,
        },
    ]


@pytest.mark.parametrize("group_by", ["store", "day", "category"])
def test_sums_come_in_pages(chain: Chain, group_by: str) -> None:
    for n in range(5):
        store = {"store": f"S{n}", "name": "s", "time_zone": "UTC", "currency": ("CNY", "USD")[n % 2], "tills": ["1"]}
        chain.post("/stores", store)
        line = {"product": "p", "quantity": 1, "amount_minor": n, "category": f"C.{n % 3}" if n else None}
        chain.record(store=f"S{n}", occurred_at=f"2026-03-0{n % 3 + 1}T00:00:00Z", lines=[line], total_minor=n)
    whole = chain.get("/sales", group_by=group_by).json()
    assert (len(whole["items"]), whole["next_cursor"]) == (5, None)
    pages, cursor = [], None
    while not pages or cursor:
        page = chain.get("/sales", group_by=group_by, limit=2, **({"cursor": cursor} if cursor else {})).json()
        pages += page["items"]
        cursor = page["next_cursor"]
    assert pages == whole["items"]


def test_a_cursor_of_another_list_is_refused(chain: Chain) -> None:
    for path, query in (("/sales", {"group_by": "day"}), ("/quarantine", {})):
        answer = chain.get(path, cursor="CNY.what", **query)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


def test_every_read_model_can_be_rebuilt_from_the_events(chain: Chain) -> None:
    receipt_id = chain.record(number="1", member={"card": "A1"})
    chain.take(chain.receipt(number="1", amounts=(9,)), chain.receipt(number="2", member={"card": "B2"}))
    _return(chain, receipt_id, {"line": 1, "quantity": 1})
    chain.hear(chain.linked("ann", "A1"))
    chain.post(f"/receipts/{receipt_id}/void", {})
    handler = chain.service.handler
    for projection in handler.projections:
        name = projection.name
        with chain.engine.begin() as connection:
            events = handler.store.read_all(connection, after=0, up_to=10**9, limit=10**6)
        live = chain.rows(f"select t::text from {name} t order by 1")
        assert live, name
        chain.shadow(name)
        batch = [record for _, record in events if record.event.type in projection.types]
        with chain.engine.begin() as connection:
            for record in batch:
                projection.project(connection, f"{name}_shadow", [record])
        assert chain.rows(f"select t::text from {name}_shadow t order by 1") == live, name
