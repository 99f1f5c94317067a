"""Takes what a till's software writes, file by file, and has it safe on the disk before it says so."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
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
        self._seen: dict[Path, tuple[int, int]] = {}
        """Size and time of the files of the folder, as they were at the last look."""

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
            rejects = file.with_name(file.name + REJECTS)
            try:
                with file.open("rb") as stream:
                    taken = self.take(stream, rejects)
                if taken.set_aside:
                    file.rename(file.with_name(file.name + SET_ASIDE))
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
        looks = {file: (s.st_size, s.st_mtime_ns) for file in files if (s := file.stat()) and _is_input(file)}
        before, self._seen = self._seen, looks
        return (file for file, look in looks.items() if before.get(file) == look)


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
