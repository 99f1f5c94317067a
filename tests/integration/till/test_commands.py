"""`regulars till` as a shop's technician uses it."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
import structlog
from typer.testing import CliRunner

from services.commands.till import till
from services.till import sending
from services.till.running import AlreadyRunningError
from shared.testing.waiting import until
from tests.integration.till.conftest import Shop, Topic, lines, receipt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

OF_TILL = ("--store", "SH-001", "--till", "1")
PHONE = "13812345678"


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    """A command sets the logs of its process up; here that is the tests' own."""
    root, kafka = logging.getLogger(), logging.getLogger("kafka")
    before = (root.handlers[:], root.level, kafka.level)
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    kafka.setLevel(before[2])
    structlog.reset_defaults()
    # It remembers the stream of the command, which is closed by now.
    vars(sending.log).pop("bind", None)


def regulars(shop: Shop, *arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(till, [*map(str, arguments), *OF_TILL], input=stdin, env=shop.environment)


def words(result: Result) -> str:
    return re.sub(r"\s+", " ", result.output)


def test_a_file_with_bad_lines_is_taken_but_for_them_and_they_are_named(shop: Shop, topic: Topic) -> None:
    file = shop.folder / "day.jsonl"
    bad = [receipt(2, total_minor=9), receipt(3, member={"phone": PHONE + "999"}), receipt(4, phone=PHONE)]
    file.write_bytes(lines(receipt(1), *bad) + b"{cut\n" + lines(receipt(5)))
    result = regulars(shop, "send", file)
    assert result.exit_code == 1, result.output
    assert "2 spooled, 0 were spooled before, 4 lines set aside: see" in words(result)
    assert topic.numbers() == [1, 5]
    rejects = [json.loads(line) for line in (shop.folder / "day.jsonl.rejects.jsonl").read_bytes().splitlines()]
    assert [(r["line"], r["code"]) for r in rejects] == [
        (2, "total_differs"),
        (3, "invalid_input"),
        (4, "invalid_input"),
        (5, "json_invalid"),
    ]
    everywhere = [
        result.output.encode(),
        *(f.read_bytes() for f in shop.folder.rglob("*") if f != file and f.is_file()),
    ]
    assert not any(PHONE.encode() in found for found in everywhere)


def test_standard_input_is_a_file_like_any_other(shop: Shop, topic: Topic) -> None:
    result = regulars(shop, "send", "-", stdin=lines(receipt(1), receipt(2)))
    assert (result.exit_code, topic.numbers()) == (0, [1, 2]), result.output


def test_without_kafka_everything_is_safe_and_status_says_why_it_waits(shop: Shop) -> None:
    result = regulars(shop, "send", shop.file(1, 2), "--wait", 0)
    assert result.exit_code == 3, result.output
    assert "2 receipts wait in the spool for Kafka; see: regulars till status" in words(result)
    status = regulars(shop, "status")
    assert status.exit_code == 1
    assert re.search(r"waiting 2 receipts, the oldest since 20\d\d-", words(status))
    assert re.search(r"size 0\.\d of 8 MiB", words(status))
    assert "last sent never" in words(status)
    assert "ConnectionError: Kafka at 127.0.0.1:1 cannot be reached" in words(status)


def test_status_is_calm_when_nothing_waits(shop: Shop, topic: Topic) -> None:
    assert regulars(shop, "status").exit_code == 2
    regulars(shop, "send", shop.file(1))
    status = regulars(shop, "status")
    assert status.exit_code == 0, status.output
    assert "waiting 0 receipts last sent 20" in words(status)
    assert "last error" not in words(status)
    assert topic.numbers() == [1]


def test_a_full_spool_is_told_and_what_is_in_it_stays(shop: Shop) -> None:
    many = shop.folder / "many.jsonl"
    big = [{"product": "p" * 64, "category": "c" * 64, "quantity": 1, "amount_minor": 0}] * 2
    many.write_bytes(lines(*(receipt(n, total_minor=0, lines=big) for n in range(1_200))))
    environment = shop.environment | {"REGULARS_TILL_SPOOL_MIB_MAX": "1"}
    result = CliRunner().invoke(till, ["send", str(many), *OF_TILL], env=environment)
    assert result.exit_code == 2, result.output
    assert "the spool is full: 500 receipts wait, and it may have 1 MiB (REGULARS_TILL_SPOOL_MIB_MAX)" in words(result)
    assert shop.till().state().waiting == 500


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"REGULARS_TILL_KEYS_DIR": None}, "REGULARS_TILL_KEYS_DIR is not set"),
        ({"REGULARS_KAFKA_BOOTSTRAP_SERVERS": None}, "REGULARS_KAFKA_BOOTSTRAP_SERVERS is not set"),
        ({"REGULARS_TILL_KEYS_DIR": "/nowhere"}, "key file /nowhere/member-token.key is missing"),
        ({"REGULARS_TILL_SPOOL_MIB_MAX": "0"}, "REGULARS_TILL_SPOOL_MIB_MAX"),
        ({"REGULARS_TILL_SPOOL_DIR": "/proc/spools"}, "/proc/spools"),
    ],
)
def test_wrong_settings_are_named(shop: Shop, change: dict[str, str | None], said: str) -> None:
    file = shop.file(1)
    result = CliRunner().invoke(till, ["send", str(file), *OF_TILL], env=shop.environment | change)
    assert result.exit_code == 2, result.output
    assert said in words(result)


def test_a_file_that_is_not_there_takes_nothing(shop: Shop) -> None:
    result = regulars(shop, "send", shop.file(1), shop.folder / "none.jsonl")
    assert result.exit_code == 2
    assert "none.jsonl is not a file; nothing was taken" in words(result)
    assert not (shop.folder / "spools").exists()


@pytest.fixture
def dropping(shop: Shop, topic: Topic) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:  # noqa: ARG001 - Kafka first
    folder = shop.folder / "in"
    folder.mkdir()
    command = [sys.executable, "-c", "from services.commands.till import till; till()", "run", str(folder), *OF_TILL]
    process = subprocess.Popen(command, env=os.environ | shop.environment)
    yield folder, process
    process.kill()
    process.wait()


def test_what_is_dropped_into_the_folder_is_sent_and_removed(
    shop: Shop,
    topic: Topic,
    dropping: tuple[Path, subprocess.Popen[bytes]],
) -> None:
    folder, process = dropping
    (folder / "a.jsonl").write_bytes(lines(receipt(1), receipt(2)))
    (folder / "b.jsonl").write_bytes(lines(receipt(3)) + b"{cut\n")
    (folder / ".hidden.jsonl").write_bytes(lines(receipt(8)))
    (folder / "c.jsonl.part").write_bytes(lines(receipt(9)))
    until(lambda: topic.counted() == {1: 1, 2: 1, 3: 1}, what="the receipts to be sent")
    until(lambda: not (folder / "b.jsonl").exists(), what="the bad file to be set aside")
    kept = {".hidden.jsonl", "b.jsonl.rejects.jsonl", "b.jsonl.set-aside", "c.jsonl.part"}
    assert {file.name for file in folder.iterdir()} == kept

    with pytest.raises(AlreadyRunningError):
        shop.till().run(folder, threading.Event(), shop.said.append)
    # Another command may add to the spool meanwhile; what runs sends it.
    by_hand = regulars(shop, "send", shop.file(4))
    assert by_hand.exit_code in {0, 3}, by_hand.output
    until(lambda: 4 in topic.counted(), what="what was sent by hand")

    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
