"""How far a replay has come, kept in the data folder, so that a killed demo goes on where it stopped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Bookmark:
    """How far the replay has come, in the data folder: a killed demo goes on from here.

    `limit` is the largest cut that was begun; `chunks` are acknowledged, in order. Sending more than needed
    is harmless, so the bookmark is only written after the answer.
    """

    path: Path
    limit: int | None = None
    chunks: int = 0
    complete: bool = True

    @classmethod
    def read(cls, data_dir: Path) -> Bookmark:
        """The bookmark in `data_dir`, or a fresh one."""
        path = data_dir / "replay.json"
        stored = json.loads(path.read_text()) if path.exists() else {}
        return cls(path, **stored)

    def begin(self, limit: int | None, receipts: int) -> int:
        """Begins or resumes a replay of the first `limit` receipts; the number of the chunk to go on with.

        Raises `ValueError` if the folder holds more than that cut already: its figures would be of another.
        """
        begun_before = self.path.exists()
        if begun_before and limit is not None and (self.limit is None or self.limit > limit):
            held = f"{self.limit:,}" if self.limit else "all"
            msg = (
                f"this folder holds {held} receipts of the year, --limit {limit:,} would compare fewer;"
                " use a larger --limit, or another --data-dir"
            )
            raise ValueError(msg)
        resumed = begun_before and not self.complete and self.limit == limit
        self.limit, self.complete = limit, False
        self.chunks = min(self.chunks, receipts) if resumed else 0
        self._write()
        return self.chunks

    def move(self, chunks: int, *, complete: bool = False) -> None:
        """Notes that everything before chunk `chunks` was acknowledged."""
        self.chunks, self.complete = chunks, complete
        self._write()

    def _write(self) -> None:
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps({"limit": self.limit, "chunks": self.chunks, "complete": self.complete}))
        draft.replace(self.path)
