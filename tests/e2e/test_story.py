"""The story of a campaign as people play it: after the demo, again, and after a kill; the year's figures stay."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.story.inbox import Inbox
from shared.testing.waiting import until
from tests.support.demo import REGULARS, run

LIMIT = 1_200
READY_S_MAX = 240


def figures(report: Path) -> dict[str, Any]:
    return {name: value for name, value in json.loads(report.read_text()).items() if name != "timings"}


@contextmanager
def started(log: Path, *arguments: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """`regulars`, killed as by kill -9 in the end; what it says goes to `log`."""
    with log.open("wb") as output:
        command = [*REGULARS, *map(str, arguments)]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "140"}
        running = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def wait_until_told(running: subprocess.Popen[bytes], log: Path, what: str) -> str:
    until(
        lambda: what in log.read_text() or running.poll() is not None,
        timeout_s=READY_S_MAX,
        what=f"{what!r} to be told",
    )
    assert what in log.read_text(), log.read_text()
    return log.read_text()


@pytest.mark.timeout(600)
def test_a_campaign_is_played_from_the_question_to_the_result_and_the_year_stays_as_it_was(tmp_path: Path) -> None:
    folder, before, after = tmp_path / "data", tmp_path / "before.json", tmp_path / "after.json"
    demo = ["demo", "--limit", str(LIMIT), "--data-dir", str(folder)]

    with started(log := tmp_path / "demo.log", *demo, "--report", before) as serving:
        told = wait_until_told(serving, log, "Try: curl")
        assert "Verdict: every figure is equal." in told
        assert "story-win-back-1" in told
        assert "approver_is_author" in told, "nobody approves what she wrote herself"
        assert "quiet_hours" in told
        assert "exactly 3 get it" in told
        assert "held_out" in told
        assert "brings the tea back" in told
        assert "95 % interval" in told
        assert "not enough data yet" not in told
        assert "suppressed: consent" in told
        assert "complaint_open" in told
        assert "Offer redeemed" in told

        mails = Inbox(folder).mails()
        assert {mail.language for mail in mails} == {"en", "zh-CN"}
        assert len({mail.to for mail in mails}) == len(mails), "nobody gets two"
        assert mails[0].subject in run("story", "--show-inbox", "--last", str(len(mails)), "--data-dir", folder)

        # Once more on the same running system, and killed when its complaint is open; then the system is killed too.
        with started(log := tmp_path / "killed.log", "story", "--data-dir", folder) as story:
            assert "story-win-back-2" in wait_until_told(story, log, "complains about store 367")

    again = run(*demo, "--exit", "--report", after)
    # What the stories sold, earned and gave is not the year's.
    assert "Verdict: every figure is equal." in again
    assert figures(after) == figures(before)
    # And a third one is played to its end, by those whom the second one left in the middle.
    assert "story-win-back-3" in again
    assert "exactly 3 get it" in again
    assert "complaint_open" in again
    assert "BROKEN" not in run("audit", "--data-dir", folder)
    assert "Nothing is parked" in run("parked", "list", "--data-dir", folder)


def test_a_folder_whose_clock_is_the_machines_has_no_story(tmp_path: Path) -> None:
    assert "there is no system in" in run("story", "--data-dir", tmp_path / "nothing", expected=2)
