"""Files in the folder of `till run`: none is removed before all of it was read, none takes the place of another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

import pytest

from services.till.gateway import Gateway
from services.till.reading import ReceiptReader
from services.till.spool import Spool
from shared.identity.keys import load_key
from shared.identity.tokeniser import Tokeniser
from tests.integration.till.conftest import Shop, lines, receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from services.till.gateway import Taken

BAD = b"{cut\n"


@pytest.fixture
def spool(shop: Shop) -> Iterator[Spool]:
    opened = Spool(shop.till().spool_file, 8)
    yield opened
    opened.close()


@pytest.fixture
def folder(shop: Shop) -> Path:
    made = shop.folder / "in"
    made.mkdir()
    return made


def reader(shop: Shop) -> ReceiptReader:
    return ReceiptReader("SH-001", "1", Tokeniser(load_key(shop.settings.member_token_key_file), "CN"))


def look(gateway: Gateway, folder: Path, shop: Shop) -> None:
    """Twice: a file is taken that is as it was at the last look."""
    for _ in range(2):
        gateway.take_folder(folder, shop.said.append)


def reasons(rejects: Path) -> list[int]:
    return [json.loads(line)["line"] for line in rejects.read_bytes().splitlines()]


def numbers(spool: Spool) -> list[str]:
    return [json.loads(waiting.body)["number"] for waiting in spool.next(100, 1_000_000)]


def test_what_was_set_aside_stays_when_a_file_of_the_same_name_follows(shop: Shop, folder: Path, spool: Spool) -> None:
    gateway = Gateway(reader(shop), spool)
    days = [BAD, lines(receipt(1)) + BAD, lines(receipt(2), receipt(3)) + BAD]
    for day in days:
        (folder / "receipts.jsonl").write_bytes(day)
        look(gateway, folder, shop)
    names = ["receipts.jsonl", "receipts.jsonl.2", "receipts.jsonl.3"]
    assert [(folder / f"{name}.set-aside").read_bytes() for name in names] == days
    assert [reasons(folder / f"{name}.rejects.jsonl") for name in names] == [[1], [2], [3]]
    assert len(list(folder.iterdir())) == 2 * len(days)
    assert numbers(spool) == ["1", "2", "3"]
    assert "receipts.jsonl.3.rejects.jsonl" in shop.said[-1], "the technician is sent to the right one"


def test_what_is_sent_by_hand_leaves_the_reasons_of_what_was_set_aside(shop: Shop, folder: Path, spool: Spool) -> None:
    file = folder / "receipts.jsonl"
    file.write_bytes(lines(receipt(1)) + BAD)
    look(Gateway(reader(shop), spool), folder, shop)
    file.write_bytes(BAD)
    assert shop.till().take([file], shop.said.append) == 1
    assert reasons(folder / "receipts.jsonl.rejects.jsonl") == [2]
    assert reasons(folder / "receipts.jsonl.2.rejects.jsonl") == [1]


def append(file: Path, more: bytes) -> None:
    with file.open("ab") as stream:
        stream.write(more)


def replace(file: Path, other: bytes) -> None:
    made = file.with_suffix(".part")
    made.write_bytes(other)
    made.replace(file)


@pytest.mark.parametrize("change", [append, replace])
@pytest.mark.parametrize("bad", [b"", BAD])
def test_a_file_that_changes_after_its_last_line_was_read_is_taken_again(
    shop: Shop,
    folder: Path,
    spool: Spool,
    change: Callable[[Path, bytes], None],
    bad: bytes,
) -> None:
    file = folder / "receipts.jsonl"

    class Late(Gateway):
        """The till's software writes once more, just after the gateway has read the end."""

        late = True

        def take(self, stream: BinaryIO, rejects: Path) -> Taken:
            taken = super().take(stream, rejects)
            if self.late:
                self.late = False
                change(file, lines(receipt(2)))
            return taken

    gateway = Late(reader(shop), spool)
    file.write_bytes(bad + lines(receipt(1)))
    look(gateway, folder, shop)
    assert file.exists()
    assert "written to" in shop.said[-1]
    look(gateway, folder, shop)
    assert numbers(spool) == ["1", "2"]
    assert not file.exists()
    if bad and change is append:
        assert reasons(folder / "receipts.jsonl.rejects.jsonl") == [1], "told once"
