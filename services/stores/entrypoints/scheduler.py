"""What time causes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.stores.adapters.waiting_receipts_postgres import forget_waiting
from shared.runtime.service import Job

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Engine


def waiting_receipts_job(engine: Engine) -> Job:
    """Daily: receipts that waited long enough stay anonymous."""

    def run(business_date: date) -> None:
        with engine.begin() as connection:
            forget_waiting(connection, business_date)

    return Job(name="stores.waiting_receipts", run=run)
