"""Files of all three formats through the same intake; what is wrong with a file, and what with one receipt of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from services.stores.application.import_rows import FileRefused
from services.stores.bootstrap import build_importer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from services.stores.application.importing import Importer
    from tests.integration.stores.conftest import Chain

HEADER = "store,till,number,occurred_at,card,product,category,quantity,amount"
ROWS = [
    "SH-001,1,1,2026-03-01T18:30:00+08:00,A1,tea,TEA,1,9.99",
    "SH-001,1,1,2026-03-01T18:30:00+08:00,A1,pear,FRUIT,0.420,3",
    "SH-001,2,2,2026-03-01T18:31:00+08:00,,tea,TEA,2,19.98",
]


@pytest.fixture
def importer(chain: Chain) -> Iterator[Importer]:
    made = build_importer(chain.settings)
    yield made
    made.engine.dispose()


@pytest.fixture
def take(importer: Importer, tmp_path: Path) -> Callable[..., tuple[dict[str, int], list[dict[str, Any]]]]:
    def run(name: str, content: str | bytes) -> tuple[dict[str, int], list[dict[str, Any]]]:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        counts = importer.run(file, rejects=tmp_path / "rejects.jsonl")
        rejects = (tmp_path / "rejects.jsonl").read_text().splitlines()
        return dict(counts.outcomes), [json.loads(line) for line in rejects]

    return run


def _dicts() -> list[dict[str, str | None]]:
    return [{name: cell or None for name, cell in zip(HEADER.split(","), row.split(","), strict=True)} for row in ROWS]


def _parquet(rows: list[dict[str, Any]], **schema: pa.DataType) -> bytes:
    table = pa.Table.from_pylist(rows)
    for name, type_ in schema.items():
        place = table.schema.names.index(name)
        table = table.set_column(place, name, pa.array([row[name] for row in rows], type=type_))
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink)
    return bytes(sink.getvalue())


def test_every_format_says_the_same(chain: Chain, take: Any) -> None:
    typed = [
        row
        | {
            "till": int(row["till"] or 0),
            "occurred_at": datetime.fromisoformat(row["occurred_at"] or "").astimezone(UTC),
            "amount": float(row["amount"] or 0),
            "quantity": Decimal(row["quantity"] or 0),
        }
        for row in _dicts()
    ]
    assert take("a.csv", "\n".join([HEADER, *ROWS])) == ({"recorded": 2}, [])
    assert take("b.csv", "\ufeff" + "\r\n".join([HEADER, *ROWS, ""])) == ({"duplicate": 2}, [])
    assert take("c.jsonl", "\n".join(map(json.dumps, _dicts()))) == ({"duplicate": 2}, [])
    assert take("d.parquet", _parquet(typed)) == ({"duplicate": 2}, [])
    documents = [
        chain.receipt(
            number="2", till="2", occurred_at="2026-03-01T18:31:00+08:00", total_minor=1_998,
            lines=[{"product": "tea", "category": "TEA", "quantity": 2, "amount_minor": 1_998}],
        ),
    ]  # fmt: skip
    assert take("e.ndjson", "\n\n".join(map(json.dumps, documents))) == ({"duplicate": 1}, [])
    assert chain.get("/totals").json()["totals"][0]["sales_minor"] == 999 + 300 + 1_998


def test_dust_in_float_columns_is_rounded_and_in_text_refused(chain: Chain, take: Any) -> None:
    dust = [_dicts()[2] | {"quantity": 1.0, "amount": 0.1 + 0.2 + 1e-11}]
    assert take("a.parquet", _parquet(dust))[0] == {"recorded": 1}
    assert chain.told()[0]["total_minor"] == 30
    outcomes, rejects = take("a.csv", "\n".join([HEADER, ROWS[2].replace("19.98", "19.985")]))
    assert outcomes == {"invalid": 1}
    assert "'19.985' has more than 2 decimals" in rejects[0]["errors"][0]["problem"]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("SH-001,1,bad,2026-03-01T18:30:00,,tea,TEA,1,1", "timezone"),
        ("SH-001,1,bad,2026-03-01T18:30:00+08:00,,tea,TEA,one,1", "quantity 'one' is not a number"),
        ("SH-001,1,bad,2026-03-01T18:30:00+08:00,,tea,TEA,1,NaN", "amount 'NaN' is not a number"),
        ("SH-001,1,bad,2026-03-01T18:30:00+08:00,,tea,TEA,1,", "valid integer"),
        ("SH-001,1,bad,2026-03-01T18:30:00+08:00,,tea,TEA,1,-1", "is a return"),
        ("SH-001,9,bad,2026-03-01T18:30:00+08:00,,tea,TEA,1,1", "not a till"),
        ("NO,1,bad,2026-03-01T18:30:00+08:00,,tea,TEA,1,1", "NO is not registered"),
        ("SH-001,1,b\x00d,2026-03-01T18:30:00+08:00,,tea,TEA,1,1", "pattern"),
        ("SH-001,1,bad,2026-03-01T18:30:00+08:00,?,tea,TEA,1,1", "card cannot be taken"),
    ],
)
def test_a_bad_receipt_is_told_with_its_rows_and_leaves_its_neighbours(take: Any, bad: str, says: str) -> None:
    outcomes, (reject,) = take("a.csv", "\n".join([HEADER, *ROWS[:2], bad, ROWS[2]]))
    assert outcomes == {"recorded": 2, "invalid": 1}
    assert (reject["first_row"], reject["last_row"], reject["outcome"]) == (4, 4, "invalid")
    assert says in reject["errors"][0]["problem"]


@pytest.mark.parametrize("broken", ["SH-001,1,1", ROWS[0] + ",more", '"quoted"but not to the end'])
def test_a_row_that_cannot_be_read_takes_both_receipts_beside_it(chain: Chain, take: Any, broken: str) -> None:
    lonely = [row.replace(",2,2,", f",2,{n},") for n, row in ((7, ROWS[2]), (8, ROWS[2]), (9, ROWS[2]))]
    csv = "\n".join([HEADER, lonely[0], ROWS[0], broken, lonely[1], lonely[2]])
    outcomes, rejects = take("a.csv", csv)
    assert outcomes == {"recorded": 2, "invalid": 2}
    assert [(reject["first_row"], reject["last_row"]) for reject in rejects] == [(3, 4), (5, 5)]
    assert {reject["code"] for reject in rejects} == {"rows_unreadable"}
    assert {sale["number"] for sale in chain.told()} == {"7", "9"}


def test_an_open_quote_is_told_with_all_the_rows_that_it_swallows(take: Any) -> None:
    outcomes, (reject,) = take("a.csv", "\n".join([HEADER, ROWS[2], '"open', *ROWS[:2]]))
    assert outcomes == {"invalid": 1}
    assert "it is not CSV up to row 5" in reject["errors"][0]["problem"]


def test_broken_json_lines_are_told(take: Any) -> None:
    rows = list(map(json.dumps, _dicts()))
    lines = [rows[0], rows[1], '{"store":', "[]", rows[2], json.dumps(_dicts()[2] | {"card": ["x"], "number": "3"})]
    outcomes, rejects = take("a.jsonl", "\n".join(lines))
    assert outcomes == {"invalid": 2}
    assert "row 3, which may belong to it, cannot be read: it is not JSON" in rejects[0]["errors"][0]["problem"]


def test_rows_of_one_receipt_that_disagree_are_told(take: Any) -> None:
    outcomes, (reject,) = take("a.csv", "\n".join([HEADER, ROWS[0], ROWS[1].replace("A1", "B2")]))
    assert outcomes == {"invalid": 1}
    assert "rows 2 and 3 of one receipt differ in card" in reject["errors"][0]["problem"]
    assert "B2" not in json.dumps(reject)


def test_a_receipt_that_is_torn_apart_is_quarantined_and_told(take: Any) -> None:
    outcomes, (reject,) = take("a.csv", "\n".join([HEADER, ROWS[0], ROWS[2], ROWS[1]]))
    assert outcomes == {"recorded": 2, "quarantined": 1}
    assert (reject["first_row"], reject["code"]) == (4, "content_differs")


def test_totals_minor_columns_and_line_numbers(chain: Chain, take: Any) -> None:
    header = (
        "store,till,number,occurred_at,phone,line,product,quantity,amount_minor,discount_minor,total_minor,currency"
    )
    row = "SH-001,1,1,2026-03-01T18:30:00+08:00,13812345678,{},p,1,{},5,1500,CNY"
    assert take("a.csv", "\n".join([header, row.format(10, 1_000), row.format(20, 500)]))[0] == {"recorded": 1}
    assert [line["line"] for line in chain.told()[0]["lines"]] == [10, 20]
    outcomes, (reject,) = take("b.csv", "\n".join([header, row.format(10, 1_000).replace(",1,1,", ",1,2,")]))
    assert (outcomes, reject["code"]) == ({"invalid": 1}, "total_differs")


def test_a_receipt_of_too_many_rows_is_refused(take: Any) -> None:
    outcomes, (reject,) = take("a.csv", "\n".join([HEADER, *[ROWS[0]] * 5_000]))
    assert outcomes == {"invalid": 1}
    assert (reject["first_row"], reject["last_row"]) == (2, 5_001)
    assert "2000" in reject["errors"][0]["problem"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", HEADER.replace("store,", ""), "columns store are missing"),
        ("a.csv", HEADER.replace(",amount", ""), "columns amount or amount_minor are missing"),
        ("a.csv", HEADER + ",surprise", "columns surprise are unknown"),
        ("a.csv", HEADER + ",card", "columns card are there twice"),
        ("a.csv", HEADER + ",amount_minor", "with and without _minor"),
        ("a.csv", "", "are missing"),
        ("a.csv", '"' + HEADER, "header is not CSV"),
        ("a.csv", "\n".join([HEADER, *ROWS, "é"]).encode("latin-1"), "is not UTF-8 at byte"),
        ("a.csv", "\n".join([HEADER, *ROWS]).encode("utf-16"), "is not UTF-8 at byte 0"),
        ("a.jsonl", json.dumps({"store": "x"}), "are missing"),
        ("a.jsonl", "", "is empty"),
        ("a.parquet", b"PAR1 not really", "is not Parquet"),
        ("a.parquet", _parquet([{"store": "x"}]), "are missing"),
        ("a.parquet", _parquet([_dicts()[0] | {"occurred_at": datetime(2026, 3, 1)}]), "times without a zone"),  # noqa: DTZ001
        ("a.xlsx", b"", "none of the endings .csv, .jsonl, .ndjson, .parquet"),
    ],
)
def test_a_wrong_file_is_refused_before_anything_is_taken(
    chain: Chain,
    take: Any,
    name: str,
    content: str | bytes,
    says: str,
) -> None:
    with pytest.raises(FileRefused, match=says):
        take(name, content)
    assert chain.told() == []


def test_progress_and_batches(importer: Importer, tmp_path: Path) -> None:
    rows = [row.replace(",2,2,", f",2,{n},") for n in range(1_100) for row in [ROWS[2]]]
    (tmp_path / "a.csv").write_text("\n".join([HEADER, *rows]))
    seen: list[tuple[int, int]] = []
    counts = importer.run(
        tmp_path / "a.csv",
        rejects=tmp_path / "r",
        progress=lambda counts: seen.append((counts.rows, counts.receipts)),
    )
    assert seen == [(501, 500), (1_001, 1_000), (1_101, 1_100)]
    assert counts.outcomes == {"recorded": 1_100}


def test_a_missing_file_is_refused(importer: Importer, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="is not a file"):
        importer.run(tmp_path / "no.csv", rejects=tmp_path / "r")
