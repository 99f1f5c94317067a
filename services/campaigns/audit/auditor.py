"""Runs the checks in one snapshot, so the service may go on meanwhile. Shares no code with the writers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.audit import audiences, checkouts, joint
from shared.database.batch import fetch, run
from shared.runtime.service import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from services.campaigns.audit.checkouts import Check


def audit(connection: Connection) -> Iterator[Finding]:
    """One finding per check. Call it first in a transaction: it sets the snapshot that it reads from."""
    run(connection, "set transaction isolation level repeatable read, read only")
    for check in (*audiences.CHECKS, *checkouts.CHECKS, *joint.CHECKS):
        yield _finding(connection, check)


def _finding(connection: Connection, check: Check) -> Finding:
    [(looked_at,)] = fetch(connection, check.counted)
    wrong = fetch(connection, f"select count(*) over (), w.* from ({check.wrong}) w limit 3")
    if not wrong:
        return Finding(check.name, ok=True, detail=f"{looked_at} {check.unit}")
    first = "; ".join(", ".join(map(str, row[1:])) for row in wrong)
    return Finding(check.name, ok=False, detail=f"{wrong[0][0]} of {looked_at} {check.unit}, {check.shows}: {first}")
