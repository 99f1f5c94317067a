"""Books each due that was posted: its entries, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.domain.funding.entries import entries, kind
from services.loyalty.domain.funding.events import DuePosted
from services.loyalty.read_models.partner_entries.table import PARTNER_ENTRIES
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[DuePosted]]) -> None:
    """Adds the entries that are not in `table` yet: one statement."""
    rows = [
        (
            record.stream.id,
            record.version,
            number,
            record.event_id,
            kind(record.event),
            *entry,
            record.event.currency,
            record.event.campaign_id,
            record.event.redemption_version,
            record.event.store_id,
            record.event.business_date,
            record.occurred_at,
        )
        for record in batch
        for number, entry in enumerate(entries(record.event), start=1)
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    run(
        connection,
        f"""
        insert into {table}
          (redemption_id, version, entry_no, transaction_id, kind, party, counterparty, amount_minor, currency,
           campaign_id, redemption_version, store_id, business_date, occurred_at)
        select r::uuid, v, n, t, k, p, c, a, cy, ca, rv, s, d, o
        from unnest(%(c0)s::text[], %(c1)b::int[], %(c2)b::smallint[], %(c3)b::uuid[], %(c4)s::text[],
                    %(c5)s::text[], %(c6)s::text[], %(c7)b::bigint[], %(c8)s::text[], %(c9)b::uuid[],
                    %(c10)b::int[], %(c11)s::text[], %(c12)b::date[], %(c13)b::timestamptz[])
          as e(r, v, n, t, k, p, c, a, cy, ca, rv, s, d, o)
        on conflict do nothing
        """,
        {f"c{number}": column for number, column in enumerate(columns)},
    )


PROJECTION = Projection(PARTNER_ENTRIES, frozenset({DuePosted.type}), project)
