"""A read model of `loyalty` made again from all its events; or, for `read`, those events read and nothing done.

python -m bench.subjects.rebuilding OWNER_URL APPLICATION_URL NAME
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bench.subjects.telling import tell
from services.loyalty import bootstrap
from services.loyalty.settings import LoyaltySettings
from shared.database.batch import fetch
from shared.database.engine import connect
from shared.database.migrate import application_role
from shared.projections.rebuild import rebuild_projection
from shared.projections.sources import PAGE

if TYPE_CHECKING:
    from sqlalchemy import Engine

PAGE_OF_EVENTS = """
select position, stream_category, stream_id, stream_version, event_id, type, schema_version, data::text, metadata::text,
       occurred_at
from events where position > %(after)s order by position limit %(limit)s
"""


def read(engine: Engine) -> int:
    """Every column of every event, page by page as a rebuild reads them, and no more."""
    position = seen = 0
    while True:
        with engine.begin() as connection:
            rows = fetch(connection, PAGE_OF_EVENTS, {"after": position, "limit": PAGE})
        if not rows:
            return seen
        seen += len(rows)
        position = rows[-1][0]


def main() -> None:
    """Runs one of them."""
    owner_url, url, name = sys.argv[1:]
    service = bootstrap.build(LoyaltySettings(database_url=url, database_schema="loyalty"))
    engine = connect(owner_url, schema="loyalty", pool_size=4, statement_timeout_ms=0)
    projections = {projection.name: projection for projection in service.handler.projections}
    tell("began")
    if name == "read":
        tell("done", events=read(engine))
        return
    report = rebuild_projection(engine, service.handler.store, projections[name], application_role("loyalty"))
    tell("done", events=report.read, blocked_ms=report.blocked_s * 1000)
    if not report.equal:
        raise SystemExit(f"{name} was not equal: {report.tables}")


if __name__ == "__main__":
    main()
