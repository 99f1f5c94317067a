"""`EventStore.append` by itself: events and the states that guard their streams, a transaction per call.

No decision, no outbox, no projection. Each event begins a stream of its own. With `copy`, nothing but the rows of
`events`: the limit.

    python -m bench.subjects.append_ours store|copy SIZE WRITERS SECONDS URL
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg

from bench.subjects.writers import STATE, write
from services.loyalty.domain.account.decider import ACCOUNT
from services.loyalty.domain.account.events import AccountOpened
from shared.database.engine import connect
from shared.eventstore.store import Change, EventStore, Recorded
from shared.kernel.decider import StreamId

if TYPE_CHECKING:
    from bench.subjects.writers import Append

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
COLUMNS = "stream_category, stream_id, stream_version, event_id, type, schema_version, data, metadata, occurred_at"
METADATA = json.dumps({"causation_id": str(uuid4()), "correlation_id": str(uuid4()), "actor": "bench"})
OPENED = AccountOpened()
STATE_AFTER = ACCOUNT.fold([OPENED])


def _store(url: str, size: int) -> Append:
    engine = connect(url, schema="loyalty", pool_size=1)
    store = EventStore("loyalty", [ACCOUNT])

    def append() -> int:
        changes = []
        for _ in range(size):
            stream, id_ = StreamId(ACCOUNT.category, str(uuid4())), uuid4()
            record = Recorded(stream, 1, id_, OPENED, STATE, NOW, id_, id_, "bench")
            changes.append(Change(stream, 0, [record], STATE_AFTER))
        with engine.begin() as connection:
            store.append(connection, changes)
        return size

    return append


def _copy(url: str, size: int) -> Append:
    connection = psycopg.connect(
        url.replace("+psycopg", ""), options="-c search_path=loyalty -c timezone=UTC", autocommit=True
    )
    head = ACCOUNT.category
    tail = f"account_opened\t1\t{STATE.decode()}\t{METADATA}\t{NOW.isoformat()}\n"

    def append() -> int:
        rows = "".join([f"{head}\t{uuid4()}\t1\t{uuid4()}\t{tail}" for _ in range(size)])
        with connection.cursor() as cursor, cursor.copy(f"copy events ({COLUMNS}) from stdin") as copy:
            copy.write(rows)
        return size

    return append


def main() -> None:
    """See the module."""
    kind, size, writers, seconds, url = sys.argv[1:]
    make = {"store": _store, "copy": _copy}[kind]
    write(int(writers), float(seconds), lambda: make(url, int(size)))


if __name__ == "__main__":
    main()
