"""The auditor: checks the books of the programme, and those between partners, by means of its own.

It shares no code with the writers: its SQL and its replay are written apart, from the meaning of the stored
events alone. A mistake would have to be made twice, in two ways, to stay hidden. Everything is read in one
snapshot, so the service may go on meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.audit.checks import CHECKS, NO_DEBT
from services.loyalty.audit.partner_checks import PARTNER_CHECKS
from services.loyalty.audit.replay import check_replay
from shared.database.batch import fetch, run
from shared.runtime.service import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from services.loyalty.audit.checks import Check


def audit(connection: Connection, *, debt_allowed: bool) -> Iterator[Finding]:
    """One finding per check. Call it first in a transaction: it sets the snapshot that it reads from."""
    run(connection, "set transaction isolation level repeatable read, read only")
    for check in (*CHECKS, *PARTNER_CHECKS, *(() if debt_allowed else (NO_DEBT,))):
        yield _finding(connection, check)
    yield from check_replay(connection)


def _finding(connection: Connection, check: Check) -> Finding:
    [(looked_at,)] = fetch(connection, check.counted)
    wrong = fetch(connection, f"select count(*) over (), w.* from ({check.wrong}) w limit 3")
    if not wrong:
        return Finding(check.name, ok=True, detail=f"{looked_at} {check.unit}")
    first = "; ".join(", ".join(map(str, row[1:])) for row in wrong)
    return Finding(check.name, ok=False, detail=f"{wrong[0][0]} of {looked_at} {check.unit}, {check.shows}: {first}")
