"""Jobs that time causes: once per business date, or every few seconds. One process at a time runs each.

A daily job is marked as done for its business date in the same lock under which it ran; after a crash it runs
again, which its derived ids make harmless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sqlalchemy import text

from shared.database.batch import fetch, run
from shared.database.engine import is_transient
from shared.kernel.errors import RegularsError
from shared.kernel.failpoints import failpoint
from shared.observability import tracing

if TYPE_CHECKING:
    import threading
    from datetime import date

    from sqlalchemy import Engine

    from shared.kernel.clock import BusinessClock
    from shared.runtime.service import Job

log = structlog.get_logger(__name__)

DAILY_CHECK_S = 30.0


def run_job(job: Job, engine: Engine, clock: BusinessClock, time_zone: str, stop: threading.Event) -> None:
    """Runs `job` whenever it is due, until `stop` is set."""
    while not stop.is_set():
        try:
            run_if_due(job, engine, clock.today(time_zone))
        except Exception as error:
            if not (isinstance(error, RegularsError) or is_transient(error)):
                raise
            log.warning("job_waits", job=job.name, error=type(error).__name__)
        stop.wait(job.every_s or DAILY_CHECK_S)


def run_if_due(job: Job, engine: Engine, business_date: date) -> bool:
    """Runs `job` for `business_date` unless it is done or another process is at it; whether it ran."""
    with engine.connect() as lease:
        # A session lock is the lease: it ends with its holder, however that ends.
        taken = lease.scalar(
            text("select pg_try_advisory_lock(hashtextextended(current_schema() || :name, 0))"),
            {"name": f".job.{job.name}"},
        )
        lease.commit()
        if not taken:
            return False
        try:
            done = {"name": job.name, "business_date": business_date}
            if job.every_s is None and fetch(
                lease,
                "select 1 from jobs where name = %(name)s and business_date = %(business_date)s",
                done,
            ):
                return False
            lease.rollback()
            with tracing.begin(f"job {job.name}"):
                job.run(business_date)
            failpoint("scheduler.before_finish")
            if job.every_s is None:
                run(lease, "insert into jobs (name, business_date) values (%(name)s, %(business_date)s)", done)
                lease.commit()
            return True
        finally:
            lease.rollback()
            lease.execute(
                text("select pg_advisory_unlock(hashtextextended(current_schema() || :name, 0))"),
                {"name": f".job.{job.name}"},
            )
            lease.commit()
