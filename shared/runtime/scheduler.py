"""Jobs that time causes: once per business date, or every few seconds. One process at a time runs each.

A daily job is marked as done for its business date in the same lock under which it ran; after a crash it runs
again, which its derived ids make harmless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from shared.database.batch import fetch, run
from shared.database.engine import is_transient
from shared.database.session_lock import session_lock
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
"""How often a daily job asks the database whether today's run is done."""
DATE_CHECK_S = 1.0
"""How often it looks at the clock."""


def run_job(job: Job, engine: Engine, clock: BusinessClock, time_zone: str, stop: threading.Event) -> None:
    """Runs `job` whenever it is due, until `stop` is set."""
    while not stop.is_set():
        business_date = clock.today(time_zone)
        try:
            run_if_due(job, engine, business_date)
        except Exception as error:
            if not (isinstance(error, RegularsError) or is_transient(error)):
                raise
            log.warning("job_waits", job=job.name, error=type(error).__name__)
        if job.every_s is None:
            _wait_for_the_next_day(business_date, clock, time_zone, stop)
        else:
            stop.wait(job.every_s)


def _wait_for_the_next_day(business_date: date, clock: BusinessClock, time_zone: str, stop: threading.Event) -> None:
    """Until the business's day is another one; not for long, since today's run may have failed, here or elsewhere."""
    for _ in range(int(DAILY_CHECK_S / DATE_CHECK_S)):
        if stop.wait(DATE_CHECK_S) or clock.today(time_zone) != business_date:
            return


def run_if_due(job: Job, engine: Engine, business_date: date) -> bool:
    """Runs `job` for `business_date` unless it is done or another process is at it; whether it ran."""
    with session_lock(engine, f".job.{job.name}") as lease:
        if lease is None:
            return False
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
