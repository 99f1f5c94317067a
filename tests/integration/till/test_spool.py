"""The spool's promises: what was taken is there, once, in order; a full one says so and loses nothing."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from services.till.spool import KNOWN_DAYS, Spool, SpoolError, SpoolFullError
from shared.contracts.envelope import Outgoing
from shared.contracts.receipts import RECEIPTS_TOPIC, record_id


def record(number: int, size: int = 10) -> Outgoing:
    body = f"{number}".encode().ljust(size)
    return Outgoing(RECEIPTS_TOPIC, b"S/1", record_id(body), b"{}", body)


def waiting(spool: Spool) -> list[int]:
    return [int(row.body) for row in spool.next(10_000, 2**30)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spools" / "S+1.spool"


def test_what_was_taken_is_there_after_a_restart_in_order_and_once(path: Path) -> None:
    spool = Spool(path, 8)
    assert spool.add([record(n) for n in (3, 1, 2, 1)]) == 3
    spool.close()
    again = Spool(path, 8)
    assert again.add([record(2), record(4)]) == 1
    assert waiting(again) == [3, 1, 2, 4]
    again.close()


def test_what_was_sent_is_gone_and_still_known(path: Path) -> None:
    spool = Spool(path, 8)
    spool.add([record(n) for n in range(5)])
    spool.sent(spool.next(3, 2**30)[-1].id)
    assert waiting(spool) == [3, 4]
    assert spool.add([record(n) for n in range(6)]) == 1
    state = spool.state()
    assert (state.waiting, state.last_error) == (3, "")
    assert state.oldest is not None
    assert state.last_sent is not None
    spool.close()


def test_what_was_sent_long_ago_is_forgotten(path: Path) -> None:
    spool = Spool(path, 8)
    spool.add([record(1)])
    spool.sent(1)
    spool._db.execute("update known set spooled_at = spooled_at - ?", (KNOWN_DAYS * 86_400 + 1,))
    spool.add([record(2)])
    spool.sent(2)
    assert spool.add([record(1), record(2)]) == 1
    spool.close()


def test_a_full_spool_says_so_loses_nothing_and_takes_again_when_it_was_emptied(path: Path) -> None:
    spool = Spool(path, 1)
    taken: list[int] = []

    def fill() -> None:
        for start in range(0, 1_000, 10):
            spool.add([record(n, 2_000) for n in range(start, start + 10)])
            taken.extend(range(start, start + 10))

    with pytest.raises(SpoolFullError, match=r"the spool is full: \d+ receipts wait, and it may have 1 MiB"):
        fill()
    assert 100 < len(taken) < 500
    assert waiting(spool) == taken
    assert path.stat().st_size <= 1024 * 1024
    assert spool.state().used_bytes <= spool.state().limit_bytes
    spool.sent(spool.next(100, 2**30)[-1].id)
    assert spool.add([record(n, 2_000) for n in range(len(taken), len(taken) + 10)]) == 10
    spool.close()


def test_a_process_that_comes_and_goes_takes_nothing_from_one_that_stays(path: Path) -> None:
    taking, sending = Spool(path, 8), Spool(path, 8)
    taking.add([record(1)])
    # SQLite folds its journal into the file when the last process leaves: this one must not think that it is.
    visit = f"import pathlib, services.till.spool as s; s.Spool(pathlib.Path({str(path)!r}), 8).close()"
    subprocess.run([sys.executable, "-c", visit], check=True, timeout=30)
    taking.add([record(2)])
    assert waiting(sending) == [1, 2]
    late = Spool(path, 8)
    assert waiting(late) == [1, 2]
    for spool in (taking, sending, late):
        spool.close()


def test_a_batch_holds_what_fits_and_at_least_one(path: Path) -> None:
    spool = Spool(path, 8)
    spool.add([record(n, 1_000) for n in range(10)])
    assert len(spool.next(100, 3_000)) == 3
    assert len(spool.next(100, 1)) == 1
    assert len(spool.next(4, 2**30)) == 4
    spool.close()


def test_only_its_owner_may_read_it(path: Path) -> None:
    before = os.umask(0)
    try:
        spool = Spool(path, 8)
        spool.add([record(1)])
    finally:
        os.umask(before)
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    spool.close()


def test_what_is_no_spool_is_left_as_it_is_and_named(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"a till's notes" * 100)
    with pytest.raises(SpoolError, match="file is not a database"):
        Spool(path, 8)
    assert path.read_bytes() == b"a till's notes" * 100


def test_a_later_releases_spool_is_not_touched(path: Path) -> None:
    Spool(path, 8).close()
    with sqlite3.connect(path) as db:
        db.execute("pragma user_version = 9")
    db.close()
    with pytest.raises(SpoolError, match="another release"):
        Spool(path, 8)
