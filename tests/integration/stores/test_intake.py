"""Every answer to a receipt, and that one never disturbs another."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from services.stores.bootstrap import build
from shared.commands.gathering import TURNS, Gathering
from shared.identity.keys import KeyFileError
from shared.kernel.ids import derived_id
from shared.testing.waiting import until

if TYPE_CHECKING:
    from tests.integration.stores.conftest import Chain


def test_a_receipt_is_recorded_once_and_recognised_after(chain: Chain) -> None:
    (first,) = chain.take(chain.receipt())
    (again,) = chain.take(chain.receipt())
    assert first["outcome"] == "recorded"
    assert first["receipt_id"] == str(derived_id("receipt", "SH-001", "1", "2026-03-01", "42"))
    assert again == first | {"outcome": "duplicate"}
    assert len(chain.told()) == 1
    assert chain.get("/totals").json()["totals"][0]["receipts"] == 1


def test_what_is_told_is_the_whole_sale(chain: Chain) -> None:
    line = {"product": "p", "quantity": "0.420", "amount_minor": 999, "discount_minor": 1, "category": "FRUIT"}
    checkout_id = "0190a5e4-3333-7bbb-8ccc-000000000003"
    chain.record(lines=[line], total_minor=999, checkout_id=checkout_id, occurred_at="2026-03-01T23:30:00Z")
    (sale,) = chain.told()
    expected = {
        "type": "sale_recorded",
        "receipt_version": 1,
        "customer_id": None,
        "store_id": "SH-001",
        "till_id": "1",
        "number": "42",
        "business_date": "2026-03-02",
        "occurred_at": "2026-03-02T07:30:00+08:00",
        "currency": "CNY",
        "total_minor": 999,
        "net_minor": 999,
        "standing": "kept",
        "checkout_id": checkout_id,
    }
    assert expected.items() <= sale.items()
    assert sale["key"] == sale["receipt_id"]
    assert sale["lines"] == [
        line | {"line": 1, "quantity": "0.42", "returned_quantity": "0", "returned_minor": 0},
    ]


@pytest.mark.parametrize(
    "same",
    [
        {"occurred_at": "2026-03-01T10:30:00Z"},
        {"currency": "CNY"},
        {"business_date": "2026-03-01"},
        {"checkout_id": None},
        {"lines": [{"product": f"p{n}", "category": c, "quantity": "2.000", "amount_minor": a, "line": n + 1}
                   for n, (c, a) in enumerate([("TEA", 1_000), ("FRUIT", 500)])]},
    ],
)  # fmt: skip
def test_the_same_content_in_other_words_is_a_duplicate(chain: Chain, same: dict[str, Any]) -> None:
    chain.record()
    assert chain.take(chain.receipt(**same))[0]["outcome"] == "duplicate"


def test_a_card_in_another_spelling_is_the_same_member(chain: Chain) -> None:
    chain.record(member={"card": "6021-0042"})
    assert chain.take(chain.receipt(member={"card": "60210042"}))[0]["outcome"] == "duplicate"


def test_other_content_is_quarantined_once_and_the_sale_unchanged(chain: Chain) -> None:
    receipt_id = chain.record()
    other = chain.receipt(amounts=(1_000, 501))
    (first,) = chain.take(other)
    (again,) = chain.take(other)
    (third,) = chain.take(chain.receipt(amounts=(1_000, 502)))
    assert (first["outcome"], first["code"], first["version"]) == ("quarantined", "content_differs", 2)
    assert again == first
    assert third["version"] == 3
    assert chain.take(chain.receipt())[0]["outcome"] == "duplicate"
    assert len(chain.told()) == 1
    assert chain.get("/totals").json()["totals"][0]["sales_minor"] == 1_500
    listed = chain.get("/quarantine", limit=1).json()
    rest = chain.get("/quarantine", cursor=listed["next_cursor"]).json()
    assert [item["total_minor"] for item in listed["items"] + rest["items"]] == [1_501, 1_502]
    assert rest["next_cursor"] is None
    shown = chain.get(f"/receipts/{receipt_id}").json()
    assert (shown["total_minor"], shown["version"]) == (1_500, 3)
    assert [event["type"] for event in shown["history"]] == ["receipt_recorded"] + ["receipt_quarantined"] * 2


def test_copies_in_one_batch_are_told_apart(chain: Chain) -> None:
    copies = [chain.receipt(), chain.receipt(), *(chain.receipt(amounts=(n,)) for n in (1, 2, 3, 1))]
    outcomes = [result["outcome"] for result in chain.take(*copies)]
    assert outcomes == ["recorded", "duplicate", *["quarantined"] * 4]
    assert chain.rows("select count(*) from events where type = 'receipt_quarantined'") == [(3,)]


@pytest.mark.parametrize(
    ("fields", "code", "field", "says"),
    [
        ({"store": "SH-999"}, "unknown_store", "store", "SH-999 is not registered; register it with POST /stores"),
        ({"till": "9"}, "unknown_till", "till", "till 9 is not a till of store SH-001; register it"),
        ({"currency": "USD"}, "unknown_currency", "currency", "USD is not the store's currency, CNY"),
        ({"currency": "zz"}, "unknown_currency", "currency", "zz is not the store's currency, CNY"),
        ({"total_minor": 1_501}, "total_differs", "total_minor", "1501 is not the sum of the lines' amounts, 1500"),
        ({"total_minor": -5}, "negative_amount", "total_minor", "POST /receipts/{id}/returns"),
        ({"amounts": (-1, 2)}, "negative_amount", "lines[0].amount_minor", "-1 is negative"),
        ({"business_date": "2026-03-03"}, "business_date_away", "business_date", "more than 1 day away"),
        ({"occurred_at": "1970-01-01T00:00:00Z"}, "invalid_input", "occurred_at", "set the till's clock"),
        ({"occurred_at": "2026-03-01T18:30:00"}, "invalid_input", "occurred_at", "timezone"),
        ({"number": "4\x002"}, "invalid_input", "number", "pattern"),
        ({"number": ""}, "invalid_input", "number", "at least 1"),
        ({"lines": []}, "invalid_input", "lines", "at least 1"),
        ({"total_minor": 15.0}, "invalid_input", "total_minor", "integer"),
        ({"total_minor": True}, "invalid_input", "total_minor", "integer"),
        ({"total_minor": 10**13}, "invalid_input", "total_minor", "less than or equal"),
        ({"member": {}}, "invalid_input", "member", "needs card or phone"),
        ({"member": {"card": "1", "phone": "2"}}, "invalid_input", "member", "one of them"),
        ({"member": {"phone": "12"}}, "invalid_input", "member.phone", "cannot be taken"),
        ({"member": {"card": "?"}}, "invalid_input", "member.card", "cannot be taken"),
        ({"surprise": 1}, "invalid_input", "surprise", "not permitted"),
        ({"checkout_id": "x"}, "invalid_input", "checkout_id", "UUID"),
    ],
)
def test_an_invalid_receipt_says_why_and_leaves_its_neighbours_alone(
    chain: Chain,
    fields: dict[str, Any],
    code: str,
    field: str,
    says: str,
) -> None:
    good = [chain.receipt(number="before"), chain.receipt(number="after")]
    before, bad, after = chain.take(good[0], chain.receipt(**fields), good[1])
    assert (before["outcome"], after["outcome"]) == ("recorded", "recorded")
    assert (bad["outcome"], bad["code"], bad["index"], bad["receipt_id"]) == ("invalid", code, 1, None)
    assert bad["errors"][0]["field"] == field
    assert says in bad["errors"][0]["problem"]


@pytest.mark.parametrize("quantity", [-1, "0.0001", "x", None, True, 10**10, [1]])
def test_a_quantity_is_a_number_of_at_most_three_decimals(chain: Chain, quantity: object) -> None:
    line = {"product": "p", "quantity": quantity, "amount_minor": 1}
    (result,) = chain.take(chain.receipt(lines=[line], total_minor=1))
    assert (result["outcome"], result["errors"][0]["field"]) == ("invalid", "lines[0].quantity")
    assert len(result["errors"]) == 1


@pytest.mark.parametrize(
    "lines",
    [
        [{"product": "free", "quantity": 0, "amount_minor": 0}],
        [{"product": "no pieces", "quantity": 0, "amount_minor": 700}],
        [{"product": "nobody knows it", "quantity": 1, "amount_minor": 0}],
        [{"product": "fuel", "quantity": 14190, "amount_minor": 3999}],
        [{"product": "weighed", "quantity": 0.42, "amount_minor": 7, "category": None, "line": 30}],
    ],
)
def test_odd_but_real_receipts_are_taken(chain: Chain, lines: list[dict[str, Any]]) -> None:
    chain.record(lines=lines, total_minor=sum(line["amount_minor"] for line in lines))


def test_a_business_date_may_be_one_day_away(chain: Chain) -> None:
    chain.record(business_date="2026-02-28")
    assert chain.told()[0]["business_date"] == "2026-02-28"


def test_the_number_of_a_line_must_be_its_own(chain: Chain) -> None:
    lines = [{"product": "p", "quantity": 1, "amount_minor": 1, "line": n} for n in (7, 7)]
    (result,) = chain.take(chain.receipt(lines=lines, total_minor=2))
    assert result["code"] == "line_twice"


def test_the_values_of_members_and_unknown_fields_are_never_repeated(chain: Chain) -> None:
    hidden = "+8613812345678canary"
    bad = [{"member": {"phone": hidden}}, {"member": {"e-mail": hidden}}, {"phone": hidden}, {"member": hidden}]
    answer = chain.post("/receipts", {"receipts": [chain.receipt(**fields) for fields in bad]}, key="k")
    assert answer.json()["counts"] == {"recorded": 0, "duplicate": 0, "quarantined": 0, "invalid": 4}
    assert "canary" not in answer.text
    assert b"canary" not in bytes(chain.rows("select answer from idempotency_keys")[0][0])


def test_no_identifier_is_stored_anywhere(chain: Chain) -> None:
    chain.record(member={"card": "CANARY0042"})
    chain.take(chain.receipt(member={"card": "CANARY0043"}), key="k")
    tables = [name for (name,) in chain.rows("select tablename from pg_tables where schemaname = 'stores'")]
    assert "member_tokens" in tables
    for table in tables:
        (found,) = chain.rows(f"select count(*) from {table} t where t::text ilike '%canary%'")
        assert found == (0,), table
        (found,) = chain.rows(f"select count(*) from {table} t where t::text ilike '%{b'CANARY'.hex()}%'")
        assert found == (0,), table


def test_an_idempotency_key_has_one_answer(chain: Chain) -> None:
    first = chain.post("/receipts", {"receipts": [chain.receipt()]}, key="k")
    again = chain.post("/receipts", {"receipts": [chain.receipt()]}, key="k")
    other = chain.post("/receipts", {"receipts": [chain.receipt(number="43")]}, key="k")
    assert first.json()["results"][0]["outcome"] == "recorded"
    assert again.content == first.content
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_two_tills_send_the_same_batch_at_once_and_each_receipt_is_recorded_once(chain: Chain) -> None:
    batch = [chain.receipt(number=str(n), member={"card": str(n)}) for n in range(50)]
    start, answers = threading.Barrier(4), []

    def send(order: int) -> None:
        start.wait()
        answers.append(chain.take(*batch[::order]))

    threads = [threading.Thread(target=send, args=(order,)) for order in (1, -1, 1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes = [result["outcome"] for results in answers for result in results]
    assert (outcomes.count("recorded"), outcomes.count("duplicate")) == (50, 150)
    assert chain.rows("select count(*) from events where type = 'receipt_recorded'") == [(50,)]
    assert chain.get("/totals").json()["totals"][0]["sales_minor"] == 50 * 1_500


def test_receipts_of_the_same_moment_share_a_transaction(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tills wait at a lock: two leaders with what they came with, everybody else behind them."""
    seen: set[Gathering[Any, Any]] = set()
    do = Gathering.do

    def watched(gathering: Gathering[Any, Any], item: Any) -> Any:
        seen.add(gathering)
        return do(gathering, item)

    monkeypatch.setattr(Gathering, "do", watched)
    sent = [chain.receipt(number=str(n % 15)) for n in range(20)]
    sent[7] = chain.receipt(number="7", lines=[])
    with ThreadPoolExecutor(20) as tills, chain.owner.connect() as other:
        other.execute(text("lock table stream_state in access exclusive mode"))
        answers = [tills.submit(chain.take, receipt, receipt | {"number": f"{n}b"}) for n, receipt in enumerate(sent)]
        until(lambda: sum(len(gathering._waiting) for gathering in seen) == 20 - TURNS)
        other.rollback()
        found = [answer.result(60) for answer in answers]
    assert [[result["index"] for result in results] for results in found] == [[0, 1]] * 20
    assert sorted(results[0]["outcome"] for results in found) == ["duplicate"] * 5 + ["invalid"] + ["recorded"] * 14
    assert [results[1]["outcome"] for results in found] == ["recorded"] * 7 + ["invalid"] + ["recorded"] * 12
    for (first, second), receipt in zip(found, sent, strict=True):
        number = receipt["number"]
        if first["outcome"] != "invalid":
            assert first["receipt_id"] == str(derived_id("receipt", "SH-001", "1", "2026-03-01", number))
            assert second["receipt_id"] != first["receipt_id"]
    assert chain.rows("select count(*) from events where type = 'receipt_recorded'") == [(33,)]
    ((transactions,),) = chain.rows("select count(distinct xmin::text) from events where type = 'receipt_recorded'")
    assert transactions <= TURNS + 1


def test_a_lost_or_exchanged_key_file_stops_the_start(chain: Chain) -> None:
    file = chain.settings.member_token_key_file
    key = file.read_bytes()
    file.unlink()
    with pytest.raises(KeyFileError, match="missing"):
        build(chain.settings)
    file.write_bytes(bytes(32))
    file.chmod(0o600)
    with pytest.raises(KeyFileError, match="another key"):
        build(chain.settings)
    file.write_bytes(key)
    build(chain.settings).engine.dispose()
