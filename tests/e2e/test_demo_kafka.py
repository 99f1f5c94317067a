"""The demo over real Kafka, one process and database per service: killed, moved there, and the same figures.

The whole circle goes round there as well: the story is played after processes were killed.
"""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from services.story.inbox import Inbox
from shared.testing.waiting import PATIENCE, until
from tests.support.demo import REGULARS, equals_truth, run

LIMIT = 1_200
pytestmark = [pytest.mark.timeout(400), pytest.mark.usefixtures("kafka")]


def _demo(folder: Path, *more: str) -> list[str]:
    report = folder.with_suffix(".json")
    return ["demo", "--exit", "--limit", str(LIMIT), "--data-dir", str(folder), "--report", str(report), *more]


@contextmanager
def _under_way(folder: Path, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A demo that has sent a quarter of its receipts."""
    with folder.with_suffix(".log").open("w") as output:
        demo = subprocess.Popen([*REGULARS, *_demo(folder, *more)], stdout=output, stderr=output)
        try:
            bookmark = folder / "replay.json"
            until(lambda: bookmark.exists() and json.loads(bookmark.read_text())["chunks"] >= 5, timeout_s=120)
            yield demo
        finally:
            demo.kill()
            demo.wait()


def test_both_processes_of_two_groups_are_killed_in_the_middle_and_the_year_and_the_story_are_as_without(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    with _under_way(folder, "--kafka", "--workers", "2") as demo:
        for process in [p for p in psutil.Process(demo.pid).children() if {"loyalty", "segmentation"} & {*p.cmdline()}]:
            process.kill()
        assert demo.wait(timeout=340 * PATIENCE) == 0, folder.with_suffix(".log").read_text()
    told = folder.with_suffix(".log").read_text()
    assert "process_restarted" in told
    assert equals_truth(json.loads(folder.with_suffix(".json").read_text()), LIMIT)
    assert "exactly 3 get it" in told
    assert "95 % interval" in told
    assert Inbox(folder).mails()
    assert "BROKEN" not in run("audit", "--data-dir", folder)


def test_a_chain_that_moves_to_kafka_in_the_middle_ends_with_the_figures_of_the_data(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    with _under_way(folder, "--no-story") as demo:
        demo.send_signal(signal.SIGTERM)
        demo.wait(60)
    assert "its log is embedded" not in run("lag", "--data-dir", folder)
    assert "move it with: regulars log export" in run(*_demo(folder, "--no-story", "--kafka"), expected=2)
    export = ["log", "export", "--to-kafka", "local", "--data-dir", str(folder)]
    assert "records of" in run(*export)
    assert "is on Kafka already" in run(*export, expected=2)
    resumed = run(*_demo(folder, "--no-story"))
    assert "Going on after" in resumed
    assert "Verdict: every figure is equal." in resumed
    assert equals_truth(json.loads(folder.with_suffix(".json").read_text()), LIMIT)
    assert "BROKEN" not in run("audit", "--data-dir", folder)
