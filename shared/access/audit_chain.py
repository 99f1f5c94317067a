"""Whether an audit log is still what was written: each row, their order, and their end.

The chain alone shows a row that was changed, dropped, swapped or put in; its head shows rows cut off its end. Whoever
can rewrite the whole database can also make a new chain and a new head: that is found by anchors, which are heads
noted down outside of the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from shared.access.audit_log import ORIGIN, Head, HeadMissing, Row, head, read, row_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

ANCHOR = "audit_anchor"
"""The event of a log line that is an anchor."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the head of a service's chain once was."""

    service: str
    head: Head

    def line(self) -> dict[str, str | int]:
        """As a log line has it, beside its event."""
        return {"service": self.service, "number": self.head.number, "hash": self.head.hash.hex()}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a chain. `broken` names the first row that is not as it was written; None: all are."""

    head: Head
    anchors: int
    broken: str | None


def anchors_in(lines: Iterable[str]) -> Iterator[Anchor]:
    """The anchors among lines of JSON logs; every other line is passed over."""
    for line in lines:
        if ANCHOR not in line:
            continue
        try:
            entry = orjson.loads(line)
            if entry["event"] == ANCHOR:
                yield Anchor(entry["service"], Head(int(entry["number"]), bytes.fromhex(entry["hash"])))
        except (ValueError, KeyError, TypeError):
            continue


def verify(connection: Connection, anchors: Sequence[Head] = ()) -> Verdict:
    """Reads the whole chain of the connection's service. It may grow meanwhile."""
    # The head first: rows that it counts are committed, and whatever comes later only follows them.
    try:
        told = head(connection)
    except HeadMissing as missing:
        return Verdict(Head(), len(anchors), str(missing))
    broken = _first_break(read(connection), [*anchors, told])
    return Verdict(told, len(anchors), broken)


def _first_break(rows: Iterator[Row], heads: Sequence[Head]) -> str | None:
    expected: dict[int, set[bytes]] = {}
    for known in heads:
        expected.setdefault(known.number, set()).add(known.hash)
    previous, number = ORIGIN, 0
    for row in rows:
        wrong = _wrong_with(row, previous, number + 1)
        if wrong:
            return wrong
        previous, number = row.hash, row.number
        if expected.get(number, {previous}) != {previous}:
            return f"row {number} is not the one that was noted down: it, or one before it, was written anew"
    longest = max(known.number for known in heads)
    if longest > number:
        return f"row {number + 1} is missing, and all up to row {longest}: the end was cut off"
    return None


def _wrong_with(row: Row, previous: bytes, number: int) -> str | None:
    if row.number != number:
        return f"row {number} is missing"
    texts = (row.actor, row.action, row.subject, row.details)
    is_whole = row_hash(row.previous_hash, row.number, row.at, texts) == row.hash
    follows = row.previous_hash == previous
    if not is_whole:
        return f"row {number} was changed" if follows else f"row {number} is another row: swapped, or renumbered"
    return None if follows else f"row {number} does not follow row {number - 1}: one of the two was put in"
