"""The book: the statements of the consumer recipe."""

from __future__ import annotations

from tests.simulation.book import Parameters, Result, statement
from tests.simulation.book_kernel import zipped
from tests.simulation.database import Session
from tests.simulation.schema import Row


@statement(
    """
    insert into consumer_offsets (consumer, topic, partition, next_offset, topic_id)
    select %(consumer)s, * from unnest(
      %(topics)b::text[], %(partitions)b::int[], %(starts)b::bigint[], %(ids)b::uuid[])
    on conflict do nothing
    """,
)
def place_offsets(s: Session, p: Parameters) -> Result:
    added = 0
    for topic, partition, start, id_ in zipped(p, "topics", "partitions", "starts", "ids"):
        row = {"consumer": p["consumer"], "topic": topic, "partition": partition, "next_offset": start}
        added += s.insert("consumer_offsets", {**row, "topic_id": id_}) is None
    return added


@statement(
    """
    select o.topic, o.partition, o.next_offset, o.topic_id from consumer_offsets o
    join unnest(%(topics)b::text[], %(partitions)b::int[]) as w(topic, partition)
      on o.topic = w.topic and o.partition = w.partition
    where o.consumer = %(consumer)s
    order by o.topic, o.partition for update of o
    """,
)
def lock_offsets(s: Session, p: Parameters) -> Result:
    found = []
    for topic, partition in sorted(zipped(p, "topics", "partitions")):
        row = s.locked("consumer_offsets", {"consumer": p["consumer"], "topic": topic, "partition": partition})
        if row is not None:
            found.append((topic, partition, row["next_offset"], row["topic_id"]))
    return found


@statement(
    """
    insert into consumer_gaps (consumer, topic, partition, from_offset, to_offset, reason)
    values (%(consumer)s, %(topic)s, %(partition)s, %(from)s, %(to)s, 'the log holds nothing here')
    on conflict do nothing
    """,
)
def record_gap(s: Session, p: Parameters) -> Result:
    row = {"consumer": p["consumer"], "topic": p["topic"], "partition": p["partition"], "from_offset": p["from"]}
    return int(s.insert("consumer_gaps", {**row, "to_offset": p["to"], "reason": "hole"}) is None)


@statement(
    """
    update consumer_offsets o set next_offset = n.next_offset, moved_at = clock_timestamp()
    from unnest(%(topics)b::text[], %(partitions)b::int[], %(offsets)b::bigint[])
      as n(topic, partition, next_offset)
    where o.consumer = %(consumer)s and o.topic = n.topic and o.partition = n.partition
    """,
)
def move_offsets(s: Session, p: Parameters) -> Result:
    moved = 0
    for topic, partition, offset in zipped(p, "topics", "partitions", "offsets"):
        place = {"consumer": p["consumer"], "topic": topic, "partition": partition}
        row = s.locked("consumer_offsets", place)
        if row is not None:
            s.update("consumer_offsets", row, next_offset=offset)
            moved += 1
    return moved


@statement(
    """
    insert into inbox (consumer, generation, source, event_id)
    select %(consumer)s, %(generation)s, source, event_id
    from unnest(%(sources)b::text[], %(ids)b::uuid[]) as w(source, event_id)
    on conflict do nothing returning source, event_id
    """,
)
def claim(s: Session, p: Parameters) -> Result:
    claimed = []
    for source, event_id in zipped(p, "sources", "ids"):
        row = {"consumer": p["consumer"], "generation": p["generation"], "source": source, "event_id": event_id}
        if s.insert("inbox", row) is None:
            claimed.append((source, event_id))
    return claimed


@statement(
    """
    insert into refused (consumer, event_id, type, code, detail)
    select %(consumer)s, * from unnest(
      %(ids)b::uuid[], %(types)b::text[], %(codes)b::text[], %(details)b::text[])
    """,
)
def refuse(s: Session, p: Parameters) -> Result:
    rows = zipped(p, "ids", "types", "codes", "details")
    for id_, type_, code, detail in rows:
        row = {"consumer": p["consumer"], "event_id": id_, "type": type_, "code": code, "detail": detail}
        s.require("refused", row)
    return len(rows)


_PLACE = "parked_consumer_topic_partition_offset_digest_key"


@statement(
    """
    insert into parked
      (consumer, topic, partition, "offset", digest, key, headers, body, reason, detail, follower, claimed)
    select %(consumer)s, * from unnest(
      %(topics)b::text[], %(partitions)b::int[], %(offsets)b::bigint[], %(digests)b::bytea[], %(keys)b::bytea[],
      %(headers)b::bytea[], %(bodies)b::bytea[], %(reasons)b::text[], %(details)b::text[],
      %(followers)b::boolean[], %(claimed)b::boolean[])
    on conflict (consumer, topic, partition, "offset", digest) do update set claimed = true
    where excluded.claimed and not parked.claimed
    """,
)
def park(s: Session, p: Parameters) -> Result:
    columns = ("topic", "partition", "offset", "digest", "key", "headers", "body", "reason", "detail", "follower")
    arrays = ("topics", "partitions", "offsets", "digests", "keys", "headers", "bodies", "reasons", "details")
    touched = 0
    for values in zipped(p, *arrays, "followers", "claimed"):
        new = {"consumer": p["consumer"], **dict(zip((*columns, "claimed"), values, strict=True))}
        if s.insert("parked", new) is None:
            touched += 1
            continue
        stored = s.find("parked", _PLACE, *[new[c] for c in ("consumer", "topic", "partition", "offset", "digest")])
        if stored is not None and new["claimed"] and not stored["claimed"]:
            now = s.locked("parked", stored)
            if now is not None:
                s.update("parked", now, claimed=True)
                touched += 1
    return touched


@statement(
    "select distinct key from parked where consumer = %(consumer)s and key = any(%(keys)b::bytea[])"
    " and reason <> %(erased)s",
)
def blocked(s: Session, p: Parameters) -> Result:
    wanted = set(p["keys"])
    found = {
        row["key"]: None
        for row in s.where("parked", consumer=p["consumer"])
        if row["key"] in wanted and row["reason"] != p["erased"]
    }
    return [(key,) for key in found]


@statement("update parked set body = null, headers = '{}', detail = '', reason = %(erased)s where key = %(key)b")
def purge(s: Session, p: Parameters) -> Result:
    touched = 0
    for row in s.where("parked", key=p["key"]):
        now = s.locked("parked", row)
        if now is not None:
            s.update("parked", now, body=None, headers=b"{}", detail="", reason=p["erased"])
            touched += 1
    return touched


_COLUMNS = [
    "id",
    "consumer",
    "topic",
    "partition",
    "offset",
    "key",
    "headers",
    "body",
    "reason",
    "detail",
    "follower",
    "claimed",
    "parked_at",
]
_SELECT = """
    select id, consumer, topic, partition, "offset", key, headers, body,
           reason, detail, follower, claimed, parked_at
    from parked where
"""


def _shown(rows: list[Row]) -> Result:
    return [tuple([row[column] for column in _COLUMNS]) for row in rows]


@statement(
    f"{_SELECT} (%(consumer)s::text is null or consumer = %(consumer)s) and id > %(after)s order by id limit %(limit)s"
)
def list_parked(s: Session, p: Parameters) -> Result:
    rows = [row for row in s.all("parked") if p["consumer"] in {None, row["consumer"]} and row["id"] > p["after"]]
    return _shown(sorted(rows, key=lambda row: row["id"])[: p["limit"]])


@statement("select 1 from consumer_offsets where consumer = %(consumer)s order by topic, partition for update")
def lock_all_offsets(s: Session, p: Parameters) -> Result:
    rows = sorted(s.where("consumer_offsets", consumer=p["consumer"]), key=lambda r: (r["topic"], r["partition"]))
    return [(1,) for row in rows if s.locked("consumer_offsets", row) is not None]


@statement(
    f"""
    {_SELECT}
    consumer = %(consumer)s and reason <> %(erased)s and (id = %(id)s or key = (
      select key from parked where consumer = %(consumer)s and id = %(id)s))
    order by topic, partition, "offset" for update
    """,
)
def take_parked(s: Session, p: Parameters) -> Result:
    def wanted(row: Row) -> bool:
        of_it = row["id"] == p["id"] or (key is not None and row["key"] == key)
        return of_it and row["consumer"] == p["consumer"] and row["reason"] != p["erased"]

    one = s.get("parked", p["id"])
    key = one["key"] if one is not None and one["consumer"] == p["consumer"] else None
    found = sorted(filter(wanted, s.all("parked")), key=lambda r: (r["topic"], r["partition"], r["offset"]))
    locked = [s.locked("parked", row) for row in found]
    return _shown([row for row in locked if row is not None and wanted(row)])


@statement("delete from parked where consumer = %(consumer)s and id = any(%(ids)b::bigint[])")
def forget(s: Session, p: Parameters) -> Result:
    gone = 0
    for id_ in p["ids"]:
        row = s.locked("parked", {"id": id_})
        if row is not None and row["consumer"] == p["consumer"]:
            s.delete("parked", row)
            gone += 1
    return gone
