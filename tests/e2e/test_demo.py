"""The demo as a newcomer starts it: a fresh folder, killed in the middle, started again, run twice."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from services.cli import main
from shared.testing.waiting import until
from tests.support.demo import REGULARS, equals_truth, run


@pytest.mark.timeout(400)
def test_a_year_that_is_killed_and_run_again_ends_with_the_figures_of_the_data(tmp_path: Path) -> None:
    limit, folder, report = 1_800, tmp_path / "data", tmp_path / "report.json"
    demo = ["demo", "--exit", "--no-story", "--limit", str(limit), "--data-dir", str(folder), "--report", str(report)]
    with (tmp_path / "first.log").open("w") as output:
        first = subprocess.Popen([*REGULARS, *demo], stdout=output, stderr=output)
        bookmark = folder / "replay.json"
        until(lambda: bookmark.exists() and json.loads(bookmark.read_text())["chunks"] >= 5, timeout_s=90)
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert not report.exists()

    resumed = run(*demo)
    assert "Going on after" in resumed
    assert "Verdict: every figure is equal." in resumed
    written = json.loads(report.read_text())
    assert equals_truth(written, limit)
    assert all(member["available"] == member["points"] for member in written["members"])
    assert sum(store["sales_minor"] for store in written["stores"]) == written["totals"]["sales_minor"]

    again = run(*demo)
    assert f"{limit:,} receipts were recognised" in again
    assert {k: v for k, v in json.loads(report.read_text()).items() if k != "timings"} == {
        k: v for k, v in written.items() if k != "timings"
    }

    refused = run("demo", "--exit", "--limit", "100", "--data-dir", folder, expected=2)
    assert "use a larger --limit, or another --data-dir" in refused

    # The operator's commands, on the system that is stopped now.
    assert "BROKEN" not in run("audit", "--data-dir", folder)
    assert "loyalty.sales" in run("lag", "--data-dir", folder)
    assert "Nothing is parked" in run("parked", "list", "--data-dir", folder)
    for read_model in ("loyalty.account_balance", "segmentation.member_facts", "stores.sales_by_day"):
        assert "old and new were equal" in run("rebuild", read_model, "--data-dir", folder)
    assert "no read model 'loyalty.nothing'" in run("rebuild", "loyalty.nothing", "--data-dir", folder, expected=2)

    receipts = tmp_path / "receipts.csv"
    receipts.write_text(
        "store,till,number,occurred_at,product,quantity,amount\n"
        f"{written['stores'][0]['store']},1,N1,2017-12-30T10:00:00-05:00,P1,1,12.34\n"
        "nowhere,1,N2,2017-12-30T10:00:00-05:00,P1,1,1.00\n",
    )
    imported = run("import", receipts, "--data-dir", folder, expected=1)
    assert "1 invalid, 1 recorded" in imported
    assert "unknown_store" in receipts.with_name("receipts.csv.rejects.jsonl").read_text()


def test_every_command_and_every_group_says_what_it_does() -> None:
    assert "Regulars (熟客)" in run("--help")
    commands: Any = typer.main.get_command(main)
    for name, command in commands.commands.items():
        groups = [[name], *([name, one] for one in getattr(command, "commands", {}))]
        for words in groups:
            shown = CliRunner().invoke(main, [*words, "--help"])
            assert shown.exit_code == 0, words
            assert len(shown.output.splitlines()) > 6, words


def test_a_folder_without_a_system_is_named(tmp_path: Path) -> None:
    assert "there is no system in" in run("audit", "--data-dir", tmp_path, expected=2)
