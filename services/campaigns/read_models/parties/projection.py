"""Keeps what was last said of each party."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import orjson

from services.campaigns.domain.party.events import PartyDetails, PartyEvent
from services.campaigns.read_models.parties.table import PARTIES
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[PartyEvent]]) -> None:
    """Writes what is newer than each row: one statement. Arrays of arrays have one length, so rows travel as JSON."""
    newest = {record.stream.id: record for record in batch}
    rows = [_row(code, record.version, record.event.details) for code, record in newest.items()]
    run(
        connection,
        f"""
        insert into {table} as p
        select * from jsonb_to_recordset(%(rows)s::jsonb)
          as r(code text, version int, name text, category text, ours boolean, latitude float8, longitude float8,
               store_ids text[], store_latitudes float8[], store_longitudes float8[])
        on conflict (code) do update set
          version = excluded.version, name = excluded.name, category = excluded.category, ours = excluded.ours,
          latitude = excluded.latitude, longitude = excluded.longitude, store_ids = excluded.store_ids,
          store_latitudes = excluded.store_latitudes, store_longitudes = excluded.store_longitudes
        where p.version < excluded.version
        """,
        {"rows": orjson.dumps(rows).decode()},
    )


def _row(code: str, version: int, details: PartyDetails) -> dict[str, object]:
    return details.model_dump(exclude={"stores"}) | {
        "code": code,
        "version": version,
        "store_ids": [store.store_id for store in details.stores],
        "store_latitudes": [store.latitude for store in details.stores],
        "store_longitudes": [store.longitude for store in details.stores],
    }


PROJECTION = Projection(PARTIES, frozenset(event.type for event in get_args(PartyEvent)), project)
