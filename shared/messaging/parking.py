"""Records that could not be handled, kept with their bytes and their reason until somebody redrives or drops them.

A table in the service's database, written in the transaction that moves the offset, so a record is never
parked twice and never lost between the two. There is no dead-letter topic.

A parked record is known by its place and its bytes: a topic that was made anew, or another log, has others at the
same offsets.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared.database.batch import fetch, run
from shared.messaging.message import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from shared.messaging.message import TopicPartition

DETAIL_LENGTH_MAX = 1_000
ERASED = "erased"
"""The reason of a parked record whose bytes were purged because its person was erased; it blocks nothing."""
_FAR = 2**61
"""Further than any offset, and an offset further still fits its column."""


@dataclass(frozen=True, slots=True)
class Parking:
    """A record on its way to the parking table. A follower waits only because of another of its key."""

    record: Record
    reason: str
    detail: str
    follower: bool
    claimed: bool
    """Whether the inbox holds its claim: it could be read."""
    known_by: bytes | None = None
    """The digest of its bytes, where those are gone."""

    @property
    def digest(self) -> bytes:
        """What tells it from another record at its place."""
        return self.known_by or _digest(self.record)

    def without_bytes(self) -> Parking:
        """What is kept of it once its person was erased."""
        gone = replace(self.record, headers=b"{}", body=None)
        return replace(self, record=gone, reason=ERASED, detail="", known_by=self.digest)


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked record as operators see it."""

    id: int
    consumer: str
    record: Record
    reason: str
    detail: str
    follower: bool
    claimed: bool
    parked_at: datetime


def park(connection: Connection, consumer: str, records: Sequence[Parking]) -> None:
    """Adds records; one that is there already stays as it is."""
    if not records:
        return
    run(
        connection,
        """
        insert into parked
          (consumer, topic, partition, "offset", digest, key, headers, body, reason, detail, follower, claimed)
        select %(consumer)s, * from unnest(
          %(topics)b::text[], %(partitions)b::int[], %(offsets)b::bigint[], %(digests)b::bytea[], %(keys)b::bytea[],
          %(headers)b::bytea[], %(bodies)b::bytea[], %(reasons)b::text[], %(details)b::text[],
          %(followers)b::boolean[], %(claimed)b::boolean[])
        -- One that came again can be read by now and was claimed: without that, its redrive would take it for a copy.
        on conflict (consumer, topic, partition, "offset", digest) do update set claimed = true
        where excluded.claimed and not parked.claimed
        """,
        {
            "consumer": consumer,
            "topics": [parking.record.topic for parking in records],
            "partitions": [parking.record.partition for parking in records],
            "offsets": [parking.record.offset for parking in records],
            "digests": [parking.digest for parking in records],
            "keys": [parking.record.key for parking in records],
            "headers": [parking.record.headers for parking in records],
            "bodies": [parking.record.body for parking in records],
            "reasons": [parking.reason for parking in records],
            # A NUL would fail this statement, and with it every batch that the record is in, for ever.
            "details": [parking.detail.replace("\x00", "")[:DETAIL_LENGTH_MAX] for parking in records],
            "followers": [parking.follower for parking in records],
            "claimed": [parking.claimed for parking in records],
        },
    )


def blocked_keys(connection: Connection, consumer: str, keys: Iterable[bytes]) -> set[bytes]:
    """Those of `keys` that have a parked record: what follows them waits. Call under the offsets' lock."""
    wanted = list(keys)
    if not wanted:
        return set()
    rows = fetch(
        connection,
        "select distinct key from parked where consumer = %(consumer)s and key = any(%(keys)b::bytea[])"
        " and reason <> %(erased)s",
        {"consumer": consumer, "keys": wanted, "erased": ERASED},
    )
    return {bytes(key) for (key,) in rows}


def purge(connection: Connection, key: bytes) -> None:
    """Forgets the bytes of a key's parked records, since its person was erased; what they were stays counted.

    Of every consumer of the service: whichever hears of the erasure first does it.
    """
    run(
        connection,
        "update parked set body = null, headers = '{}', detail = '', reason = %(erased)s where key = %(key)b",
        {"key": key, "erased": ERASED},
    )


def list_parked(
    connection: Connection,
    consumer: str | None = None,
    *,
    after: int = 0,
    limit: int = 100,
) -> list[Parked]:
    """The oldest parked records with an id over `after`, of one consumer or of all."""
    return _read(
        connection,
        "(%(consumer)s::text is null or consumer = %(consumer)s) and id > %(after)s order by id limit %(limit)s",
        {"consumer": consumer, "after": after, "limit": limit},
    )


def take_for_redrive(connection: Connection, consumer: str, parked_id: int) -> list[Parked]:
    """A parked record and, if it has a key, all parked records of that key, in order; locked.

    The consumer's offsets are locked first, as a batch does it: no batch adds a follower meanwhile, and of two
    redrives the second sees what the first has left.
    """
    fetch(
        connection,
        "select 1 from consumer_offsets where consumer = %(consumer)s order by topic, partition for update",
        {"consumer": consumer},
    )
    return _read(
        connection,
        """
        consumer = %(consumer)s and reason <> %(erased)s and (id = %(id)s or key = (
          select key from parked where consumer = %(consumer)s and id = %(id)s))
        order by topic, partition, "offset" for update
        """,
        {"consumer": consumer, "id": parked_id, "erased": ERASED},
    )


def shift_below(connection: Connection, consumer: str, partition: TopicPartition, start: int) -> None:
    """Moves the offsets of what is parked below `start`, in their order: another log's records follow from there."""
    place = {"consumer": consumer, "topic": partition.topic, "partition": partition.partition}
    [(last,)] = fetch(
        connection,
        'select max("offset") from parked'
        " where consumer = %(consumer)s and topic = %(topic)s and partition = %(partition)s",
        place,
    )
    if last is not None and last >= start:
        shift(connection, [(consumer, partition, start - 1 - last)])


def shift(connection: Connection, shares: Sequence[tuple[str, TopicPartition, int]]) -> None:
    """Adds to the offsets of what each consumer has parked of a partition."""
    # First where nobody is: on its way a row would meet another of the same bytes that has not moved yet.
    run(
        connection,
        """
        update parked p set "offset" = p."offset" + n.shift + %(far)s
        from unnest(%(consumers)b::text[], %(topics)b::text[], %(partitions)b::int[], %(shifts)b::bigint[])
          as n(consumer, topic, partition, shift)
        where (p.consumer, p.topic, p.partition) = (n.consumer, n.topic, n.partition)
        """,
        {
            "consumers": [consumer for consumer, _, _ in shares],
            "topics": [partition.topic for _, partition, _ in shares],
            "partitions": [partition.partition for _, partition, _ in shares],
            "shifts": [by for _, _, by in shares],
            "far": _FAR,
        },
    )
    run(connection, 'update parked set "offset" = "offset" - %(far)s where "offset" > %(far)s / 2', {"far": _FAR})


def forget(connection: Connection, consumer: str, ids: Sequence[int]) -> int:
    """Removes parked records: they were handled after all, or an operator dropped them. How many there were."""
    return run(
        connection,
        "delete from parked where consumer = %(consumer)s and id = any(%(ids)b::bigint[])",
        {"consumer": consumer, "ids": list(ids)},
    )


def _digest(record: Record) -> bytes:
    digest = hashlib.sha256()
    for part in (record.key, record.headers, record.body):
        # With their lengths, so that no part can pass for the end of the one before.
        digest.update(b"-" if part is None else b"%d:%b" % (len(part), part))
    return digest.digest()


def _read(connection: Connection, where: str, parameters: dict[str, object]) -> list[Parked]:
    rows = fetch(
        connection,
        f"""
        select id, consumer, topic, partition, "offset", key, headers, body,
               reason, detail, follower, claimed, parked_at
        from parked where {where}
        """,
        parameters,
        binary=True,
    )
    return [Parked(row[0], row[1], Record(*row[2:8]), *row[8:]) for row in rows]
