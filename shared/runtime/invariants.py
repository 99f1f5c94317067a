"""Figures that must be zero, measured again and again by a job: whoever holds its lease shows them.

Each is counted over everything that is kept, not over what is new: a fault is shown until it is mended. So that this
stays cheap however much is kept, it takes at most a hundredth of the time: the longer a look, the rarer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from shared.database.batch import fetch, run
from shared.observability import metrics
from shared.runtime.service import Job

if TYPE_CHECKING:
    from datetime import date

    from shared.runtime.service import Service

EVERY_S = 60.0
SHARE_MAX = 0.01
LOOK_S_MAX = 600

AUDIT_CHAIN = """
  select number from (
    select number, previous_hash, row_number() over w as place, lag(hash) over w as hash_before
    from audit_log window w as (order by number)) l
  where number <> place or (number > 1 and previous_hash <> hash_before)
  union all
  select h.number from audit_log_head h left join audit_log last on last.number = h.number
  where h.hash is distinct from case h.number when 0 then decode(repeat('00', 32), 'hex') else last.hash end
     or exists (select from audit_log where number > h.number)
  union all
  select 0 where not exists (select from audit_log_head)
"""
"""The links of the audit log, of every service; an empty one has a head too, which says so.

That its rows say what they said, only `regulars audit` proves.
"""


class Invariants:
    """Those of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._checks = {**service.must_be_zero, "audit_chain": AUDIT_CHAIN}
        self._rest_until = 0.0

    def job(self) -> Job:
        """The job that keeps them measured."""
        return Job(f"{self._service.name}.invariants", self.measure, every_s=EVERY_S)

    def measure(self, _business_date: date) -> None:
        """Looks, unless the last look was so long that it is too early for the next."""
        started = time.monotonic()
        if started < self._rest_until:
            return
        with self._service.engine.begin() as connection:
            # One moment for all of them, since they compare tables that change together.
            run(connection, "set transaction isolation level repeatable read, read only")
            run(connection, f"set local statement_timeout = '{LOOK_S_MAX}s'")
            found = {
                name: fetch(connection, f"select count(*) from ({wrong}) w")[0][0]
                for name, wrong in self._checks.items()
            }
        for name, rows in found.items():
            metrics.MUST_BE_ZERO.labels(self._service.name, name).set(rows)
        metrics.MUST_BE_ZERO_LOOKED_AT.labels(self._service.name).set_to_current_time()
        ended = time.monotonic()
        self._rest_until = ended + (ended - started) / SHARE_MAX
