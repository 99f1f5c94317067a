"""The audit log: who did what to whom, as a hash chain per service that nobody can change without being found.

Each row's hash covers the row and the hash before it. An entry is written in the transaction of what it tells of, as
its last statement: appending locks the chain's head until the commit, so that the chain cannot fork, and a lock that
is taken last and held briefly cannot be part of a deadlock. Details name things by code and id; never anything
personal, since no row can be taken out again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from shared.database.batch import copy_rows, fetch, run
from shared.kernel.errors import InvariantViolated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

ORIGIN = bytes(32)
"""What the first row has for the hash before it."""
PAGE = 5_000


class HeadMissing(InvariantViolated):
    """Nothing says where the chain ends."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that is to be remembered for ever."""

    actor: str
    """The caller's name."""
    action: str
    """What was done, in the past tense: `profile_unmasked`."""
    subject: str
    """To whom or what: `customer/<id>`."""
    details: Mapping[str, str | None] = field(default_factory=dict)
    at: datetime | None = None
    """None: now, by the database's clock."""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the chain holds it."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: str
    """JSON, exactly as it was hashed."""
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many rows it has, and the hash of the last one."""

    number: int = 0
    hash: bytes = ORIGIN


def append(connection: Connection, entries: Sequence[Entry]) -> None:
    """Adds `entries` to the service's chain, in the caller's transaction. Call it last."""
    if not entries:
        return
    # The update locks the head: whoever appends meanwhile waits for this transaction, and then sees its rows.
    number, hash_, now = fetch(
        connection,
        "update audit_log_head set number = number + %(n)s returning number - %(n)s, hash, clock_timestamp()",
        {"n": len(entries)},
    )[0]
    rows, previous = [], bytes(hash_)
    for n, entry in enumerate(entries, start=number + 1):
        details = orjson.dumps(dict(entry.details), option=orjson.OPT_SORT_KEYS).decode()
        at = entry.at or now
        own = row_hash(previous, n, at, (entry.actor, entry.action, entry.subject, details))
        rows.append((n, at, entry.actor, entry.action, entry.subject, details, previous, own))
        previous = own
    copy_rows(
        connection,
        "audit_log (number, at, actor, action, subject, details, previous_hash, hash)",
        rows,
    )
    run(connection, "update audit_log_head set hash = %(hash)b", {"hash": previous})


def row_hash(previous: bytes, number: int, at: datetime, texts: tuple[str, str, str, str]) -> bytes:
    """SHA-256 over the hash before and the row: JSON of number, UTC time in microseconds, and the four `texts`.

    `texts` are actor, action, subject and details. Never to be changed: every stored row was made by it.
    """
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(previous + orjson.dumps([number, moment, *texts])).digest()


def head(connection: Connection) -> Head:
    """The end of the chain, as the head row tells it. Raises `HeadMissing`."""
    rows = fetch(connection, "select number, hash from audit_log_head")
    if not rows:
        msg = "the head is missing: the row of audit_log_head that the migration made was deleted"
        raise HeadMissing(msg)
    [(number, hash_)] = rows
    return Head(number, bytes(hash_))


def read(connection: Connection, *, after: int = 0) -> Iterator[Row]:
    """The rows above number `after`, in order, a page at a time."""
    while True:
        page = fetch(
            connection,
            "select number, at, actor, action, subject, details::text, previous_hash, hash from audit_log"
            " where number > %(after)s order by number limit %(page)s",
            {"after": after, "page": PAGE},
        )
        for number, at, actor, action, subject, details, previous, hash_ in page:
            yield Row(number, at, actor, action, subject, details, bytes(previous), bytes(hash_))
        if len(page) < PAGE:
            return
        after = page[-1][0]
