"""`parked show` and `offsets set` as an operator types them, against a system that runs."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.commands.parked import escaped
from shared.contracts.envelope import encode_headers
from shared.database.batch import fetch, run
from shared.kernel.ids import new_id
from shared.messaging.message import Record
from shared.messaging.parked_details import ParkedDetails, parked_details
from shared.messaging.parking import Parking, list_parked, park, purge
from tests.conftest import Database
from tests.support.processes import environment_of
from tests.support.records import earned

TOPIC = "stores.sales.v1"
SECRET = "canary-13800138000"  # noqa: S105 - stands for what may be in a body


@pytest.fixture
def data_dir(database: Database, tmp_path: Path) -> Iterator[Path]:
    """The folder of a system that runs, as other commands see it."""
    database.log()
    (tmp_path / "postgres").mkdir()
    (tmp_path / "running.json").write_text(json.dumps({"environment": environment_of(database, tmp_path)}))
    with (tmp_path / "regulars.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield tmp_path


def regulars(data_dir: Path, *arguments: str, code: int = 0, terminal: bool = False) -> str:
    """What the command says, on a terminal or into a pipe."""
    command = [sys.executable, "-m", "services.cli", *arguments, "--data-dir", str(data_dir)]
    environment = {**os.environ, "COLUMNS": "140"}
    if not terminal:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environment,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 65_536):
            said += piece
    except OSError:
        pass  # the terminal's other side is closed
    os.close(ours)
    assert process.wait(30) == code, said
    return said.decode()


def parked(database: Database) -> list[int]:
    """A record that cannot be handled, one behind it, and one whose headers nobody can read; their ids."""
    good = earned("a", 1)
    body = f'{{"x": "{SECRET}\x1b[2J"}}'.encode()
    waiting = [
        Parking(Record(TOPIC, 3, 7, b"a", good.headers, body), "broken", "[bold]points[/]: too many", False, True),
        Parking(Record(TOPIC, 3, 9, b"a", good.headers, b"{}"), "behind_parked", "", True, True),
        Parking(
            Record(TOPIC, 4, 1, b"b", encode_headers({"ce_id": b"\xff"}), None), "headers_invalid", "", False, False
        ),
    ]
    with database.engine("loyalty").begin() as connection:
        park(connection, "loyalty.sales", waiting)
        return [p.id for p in list_parked(connection)]


def test_a_parked_record_is_shown_without_what_is_in_it(database: Database, data_dir: Path) -> None:
    first = parked(database)[0]
    said = regulars(data_dir, "parked", "show", "loyalty.sales", str(first))
    for expected in ("loyalty.points_earned.v1", "broken", "[bold]points[/]: too many", "31 bytes", "1 parked"):
        assert expected in said
    assert SECRET not in said
    assert "a terminal only" in regulars(data_dir, "parked", "show", "loyalty.sales", str(first), "--body", code=2)


def test_a_body_is_shown_on_a_terminal_and_cannot_act_on_it(database: Database, data_dir: Path) -> None:
    first = parked(database)[0]
    said = regulars(data_dir, "parked", "show", "loyalty.sales", str(first), "--body", terminal=True)
    assert "may hold pseudonymous data" in said
    assert f'{{"x": "{SECRET}\\x1b[2J"}}' in said
    assert "\x1b[2J" not in said


def test_bytes_become_text_that_a_terminal_only_shows() -> None:
    assert escaped("熟客 {}".encode()) == "熟客 {}"
    assert escaped(b"\x1b]0;title\x07\n\xff") == r"\x1b]0;title\x07\n\xff"
    assert escaped("\u202e\x9b".encode()) == r"\u202e\x9b", "also those that turn the line around"


def test_what_waits_with_a_record_is_counted_and_what_cannot_be_read_is_said(database: Database) -> None:
    first, behind, unreadable = parked(database)

    def details(parked_id: int) -> ParkedDetails:
        with database.engine("loyalty").begin() as connection:
            found = parked_details(connection, "loyalty.sales", parked_id)
        assert found is not None
        return found

    assert (details(first).before, details(first).behind) == (0, 1)
    assert (details(behind).before, details(behind).behind) == (1, 0)
    assert (details(unreadable).before, details(unreadable).behind) == (0, 0)
    assert details(unreadable).attributes is None
    with database.engine("loyalty").begin() as connection:
        purge(connection, b"a")
        assert parked_details(connection, "loyalty.customers", first) is None, "it is another consumer's"
    assert (details(first).body, details(first).attributes) == (None, None)
    assert details(first).behind == 0, "what was purged blocks nothing, and waits for nothing"


def test_an_outbox_row_that_the_log_refused_is_shown(database: Database, data_dir: Path) -> None:
    refused = earned("a", 1)
    with database.engine("stores").begin() as connection:
        run(
            connection,
            "insert into outbox_parked (id, topic, key, event_id, headers, body, reason)"
            " values (7, 't', 'a', %(event_id)s, %(headers)b, %(body)b, 'too large')",
            {"event_id": new_id(), "headers": refused.headers, "body": refused.body},
        )
    said = regulars(data_dir, "parked", "show", "stores.relay", "7")
    for expected in ("not published yet", "too large", "loyalty.points_earned.v1"):
        assert expected in said


def test_an_offset_is_set_after_saying_what_that_means(database: Database, data_dir: Path) -> None:
    event_log = database.log()
    with database.engine("log").begin() as connection:
        run(connection, "update partitions set end_offset = 10 where topic = %(t)s and partition = 3", {"t": TOPIC})
        run(
            connection,
            'insert into records (topic, partition, "offset", key, headers, body)'
            " select %(t)s, 3, n, 'a', '{}', '{}' from generate_series(0, 9) as n",
            {"t": TOPIC},
        )
    with database.engine("loyalty").begin() as connection:
        run(
            connection,
            "insert into consumer_offsets (consumer, topic, partition, next_offset, topic_id)"
            " values ('loyalty.sales', %(t)s, 3, 4, %(id)s)",
            {"t": TOPIC, "id": event_log.topic_id(TOPIC)},
        )

    def move(to: int, *more: str, code: int = 0) -> str:
        arguments = ("offsets", "set", "loyalty.sales", TOPIC, "3", str(to), "--reason", "the till was a test", *more)
        return " ".join(regulars(data_dir, *arguments, code=code).split())

    def state() -> tuple[int, list[tuple[int, int, str]]]:
        with database.engine("loyalty").begin() as connection:
            [(at,)] = fetch(connection, "select next_offset from consumer_offsets where partition = 3")
            return at, fetch(connection, "select from_offset, to_offset, reason from consumer_gaps")

    unasked = move(6, code=1)
    assert "Up to 2 records will never be handled" in unasked
    assert state() == (4, []), "without an answer nothing is set"
    assert "went from 4 to 6" in move(6, "--yes")
    assert state() == (6, [(4, 6, "the till was a test")])
