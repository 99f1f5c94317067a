"""Old claims and keys go, young ones stay."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from shared.database.batch import fetch, run
from shared.runtime.trimming import IDEMPOTENCY_KEYS_KEPT_DAYS, INBOX_KEPT_DAYS, trim_job

if TYPE_CHECKING:
    from tests.conftest import Database


def test_what_is_older_than_its_time_goes(database: Database) -> None:
    engine = database.engine("kernel")
    with engine.begin() as connection:
        run(
            connection,
            """
            insert into inbox (consumer, generation, source, event_id, claimed_at)
            select 'c', 1, age::text, gen_random_uuid(), now() - make_interval(days => age)
            from unnest(%(ages)b::int[]) as w(age)
            """,
            {"ages": [0, INBOX_KEPT_DAYS - 1, INBOX_KEPT_DAYS + 1, 1000]},
        )
        run(
            connection,
            """
            insert into idempotency_keys (caller, route, key, request_hash, created_at)
            select 'c', 'r', age::text, '', now() - make_interval(days => age) from unnest(%(ages)b::int[]) as w(age)
            """,
            {"ages": [0, IDEMPOTENCY_KEYS_KEPT_DAYS - 1, IDEMPOTENCY_KEYS_KEPT_DAYS + 1]},
        )
    trim_job("kernel", engine).run(date(2026, 3, 1))
    with engine.begin() as connection:
        assert fetch(connection, "select source from inbox order by source::int") == [
            ("0",),
            (f"{INBOX_KEPT_DAYS - 1}",),
        ]
        assert fetch(connection, "select count(*) from idempotency_keys") == [(2,)]
