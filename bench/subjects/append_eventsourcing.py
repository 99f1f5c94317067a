"""`insert_events` of the application recorder of `eventsourcing`, by itself: one call, one transaction, one insert.

Its events are encoded already. With its own lock, which keeps followers from passing over events; its optional stored
function takes none, and stays off.

    python -m bench.subjects.append_eventsourcing SIZE WRITERS SECONDS PGHOST PGUSER DATABASE
"""

from __future__ import annotations

import multiprocessing
import sys
from typing import TYPE_CHECKING
from uuid import uuid4

from eventsourcing.application import Application
from eventsourcing.persistence import StoredEvent

from bench.subjects.writers import STATE, write

if TYPE_CHECKING:
    from bench.subjects.writers import Append


def _application(host: str, user: str, database: str, *, make_table: str = "n") -> Application:
    return Application(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": database,
            "POSTGRES_HOST": host,
            "POSTGRES_PORT": "5432",
            "POSTGRES_USER": user,
            "POSTGRES_PASSWORD": "none",
            "CREATE_TABLE": make_table,
        }
    )


def main() -> None:
    """See the module."""
    size, writers, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    where = sys.argv[4:]

    def connect() -> Append:
        # Kept whole: it closes its connections when nobody holds it any more.
        application = _application(*where)

        def append() -> int:
            application.recorder.insert_events(
                [StoredEvent(uuid4(), 1, "bench:Account.Opened", STATE) for _ in range(size)]
            )
            return size

        return append

    # Makes the table, in a process whose connections are gone before there are others.
    made = multiprocessing.get_context("fork").Process(target=_application, args=where, kwargs={"make_table": "y"})
    made.start()
    made.join()
    write(writers, seconds, connect)


if __name__ == "__main__":
    main()
