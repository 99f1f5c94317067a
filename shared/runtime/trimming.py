"""What every service forgets with age: inbox claims and idempotency keys. Small pages, so that nothing waits.

Behind a trimmed claim stands the permanent guard: event ids derive from their cause. A trimmed key only means that
the same request, sent again after that time, is decided again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from shared.database.batch import run
from shared.runtime.service import Job

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Engine

INBOX_KEPT_DAYS = 90
IDEMPOTENCY_KEYS_KEPT_DAYS = 30
PAGE = 10_000

_KEPT = {
    "inbox": ("claimed_at", INBOX_KEPT_DAYS),
    "idempotency_keys": ("created_at", IDEMPOTENCY_KEYS_KEPT_DAYS),
}


def trim_job(service: str, engine: Engine) -> Job:
    """The daily job of one service."""
    return Job(f"{service}.trim", partial(_trim, engine))


def _trim(engine: Engine, _business_date: date) -> None:
    # By our own clock, not the business's: this is about how long copies and retries can still be on their way.
    for table, (column, days) in _KEPT.items():
        while True:
            with engine.begin() as connection:
                removed = run(
                    connection,
                    f"""
                    delete from {table} where ctid = any(array(
                      select ctid from {table} where {column} < now() - make_interval(days => %(days)s)
                      limit %(page)s))
                    """,
                    {"days": days, "page": PAGE},
                )
            if removed < PAGE:
                break
