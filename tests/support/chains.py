"""The audit log's hash chain, computed a second time from what docs say of it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import TYPE_CHECKING

from shared.database.batch import fetch

if TYPE_CHECKING:
    from sqlalchemy import Connection


def check_chain(connection: Connection) -> str | None:
    """What is wrong with the chain of the connection's service; None: nothing."""
    rows = fetch(
        connection,
        "select number, at, actor, action, subject, details::text, previous_hash, hash from audit_log order by number",
    )
    before = bytes(32)
    for place, (number, at, *texts, previous, hash_) in enumerate(rows, start=1):
        moment = at.astimezone(UTC).isoformat(timespec="microseconds")
        told = json.dumps([number, moment, *texts], ensure_ascii=False, separators=(",", ":")).encode()
        expected = hashlib.sha256(before + told).digest()
        if (number, bytes(previous), bytes(hash_)) != (place, before, expected):
            return f"row {place} is not what was written there"
        before = expected
    heads = [(number, bytes(hash_)) for number, hash_ in fetch(connection, "select number, hash from audit_log_head")]
    return None if heads == [(len(rows), before)] else f"its head says {heads[:1]} and there are {len(rows)} rows"
