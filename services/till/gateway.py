"""Takes what a till's software writes, file by file, and has it safe on the disk before it says so."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING

import orjson

from services.till.reading import lines_of
from services.till.spool import SpoolFullError
from shared.contracts.receipt_checks import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from services.till.reading import ReceiptReader
    from services.till.spool import Spool

CHUNK_LINES = 500
KINDS = (".jsonl", ".ndjson")
REJECTS = ".rejects.jsonl"
SET_ASIDE = ".set-aside"
Look = tuple[int, int, int, int]
"""Which file it is, its size and its time: what differs when somebody has written to it, or put another one there."""


@dataclass
class Taken:
    """What became of the lines of a file."""

    spooled: int = 0
    repeated: int = 0
    set_aside: int = 0


class Gateway:
    """One till's. What it takes is in the spool when a call returns."""

    def __init__(self, reader: ReceiptReader, spool: Spool) -> None:
        self._reader = reader
        self._spool = spool
        self._seen: dict[Path, Look] = {}
        """The files of the folder, as they were at the last look."""

    def take(self, stream: BinaryIO, rejects: Path) -> Taken:
        """Spools every receipt in `stream`; lines that cannot be taken are told in `rejects`, one JSON object each.

        Raises `SpoolFullError`; what was taken before is safe, and is recognised when all of it comes again.
        """
        taken = Taken()
        lines = lines_of(stream)
        rejects.unlink(missing_ok=True)
        while chunk := list(islice(lines, CHUNK_LINES)):
            read = [(number, self._reader.read(line)) for number, line in chunk]
            good = [item for _, item in read if not isinstance(item, Invalid)]
            bad = [(number, item) for number, item in read if isinstance(item, Invalid)]
            new = self._spool.add(good)
            taken.spooled += new
            taken.repeated += len(good) - new
            taken.set_aside += len(bad)
            if bad:
                _tell(rejects, bad)
        return taken

    def take_folder(self, folder: Path, report: Callable[[str], None]) -> None:
        """Takes the files that till software has dropped into `folder` and does not write to any more.

        A file is removed once all of it is in the spool. One with bad lines is kept beside their reasons, under a name
        that is not looked at again.
        """
        for file in self._settled(folder):
            rejects, kept = names_beside(file)
            try:
                with file.open("rb") as stream:
                    taken = self.take(stream, rejects)
                if _look(file.stat()) != self._seen[file]:
                    report(f"{file.name}: was written to while it was read; it is taken again once it rests")
                    continue
                if taken.set_aside:
                    # Not renamed outright, which would silently replace what somebody put there meanwhile.
                    kept.open("xb").close()
                    file.replace(kept)
                else:
                    file.unlink()
            except (OSError, SpoolFullError) as error:
                # It stays where it is and is taken at a later look.
                report(f"{file.name}: {error}")
                continue
            report(f"{file.name}: {describe(taken, rejects)}")

    def _settled(self, folder: Path) -> Iterator[Path]:
        """Files that are as they were at the last look: nobody is writing them."""
        files = sorted(f for f in folder.iterdir() if f.suffix in KINDS and not f.name.startswith("."))
        looks = {file: _look(file.stat()) for file in files if _is_input(file)}
        before, self._seen = self._seen, looks
        return (file for file, look in looks.items() if before.get(file) == look)


def names_beside(file: Path) -> tuple[Path, Path]:
    """Where the reasons of its bad lines go, and where the file itself does when it is set aside.

    What was set aside before under the same name keeps its own: `day.jsonl.2.set-aside` is the second.
    """
    for number in count(1):
        name = file.name if number == 1 else f"{file.name}.{number}"
        kept = file.with_name(name + SET_ASIDE)
        if not kept.exists():
            return file.with_name(name + REJECTS), kept
    raise AssertionError


def _look(found: os.stat_result) -> Look:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _is_input(file: Path) -> bool:
    return file.is_file() and not file.name.endswith(REJECTS)


def describe(taken: Taken, rejects: Path) -> str:
    """The counts in words."""
    words = f"{taken.spooled:,} spooled, {taken.repeated:,} were spooled before"
    return f"{words}, {taken.set_aside:,} lines set aside: see {rejects}" if taken.set_aside else words


def _tell(rejects: Path, bad: list[tuple[int, Invalid]]) -> None:
    """Line numbers and reasons; never the lines themselves, which could name a member."""
    with rejects.open("ab") as told:
        for line, invalid in bad:
            told.write(orjson.dumps({"line": line, "code": invalid.code, "errors": invalid.errors}) + b"\n")
        told.flush()
        os.fsync(told.fileno())
