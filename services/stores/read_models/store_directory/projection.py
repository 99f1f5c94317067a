"""Keeps `store_directory`: details by the newest version, tills as a set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.stores.domain.store.events import StoreDetailsChanged, StoreEvent, StoreRegistered, TillRegistered
from services.stores.read_models.store_directory.table import STORE_DIRECTORY
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[StoreEvent]]) -> None:
    """Two statements: the newest details of each store, then its tills."""
    _project_details(connection, table, batch)
    _project_tills(connection, table, batch)


def _project_details(connection: Connection, table: str, batch: Sequence[Recorded[StoreEvent]]) -> None:
    newest = {
        record.stream.id: (record.version, record.event.details)
        for record in batch
        if isinstance(record.event, StoreRegistered | StoreDetailsChanged)
    }
    if not newest:
        return
    run(
        connection,
        f"""
        insert into {table} as d
          (store_id, name, time_zone, currency, region, address, latitude, longitude, version)
        select * from unnest(%(ids)b::text[], %(names)b::text[], %(zones)b::text[], %(currencies)b::text[],
                             %(regions)b::text[], %(addresses)b::text[], %(latitudes)b::float8[],
                             %(longitudes)b::float8[], %(versions)b::int[])
        on conflict (store_id) do update set
          name = excluded.name, time_zone = excluded.time_zone, currency = excluded.currency,
          region = excluded.region, address = excluded.address, latitude = excluded.latitude,
          longitude = excluded.longitude, version = excluded.version
        where d.version < excluded.version
        """,
        {
            "ids": list(newest),
            "versions": [version for version, _ in newest.values()],
            "names": [details.name for _, details in newest.values()],
            "zones": [details.time_zone for _, details in newest.values()],
            "currencies": [details.currency for _, details in newest.values()],
            "regions": [details.region for _, details in newest.values()],
            "addresses": [details.address for _, details in newest.values()],
            "latitudes": [details.latitude for _, details in newest.values()],
            "longitudes": [details.longitude for _, details in newest.values()],
        },
    )


def _project_tills(connection: Connection, table: str, batch: Sequence[Recorded[StoreEvent]]) -> None:
    tills = [
        (record.stream.id, record.event.till_id, record.version)
        for record in batch
        if isinstance(record.event, TillRegistered)
    ]
    if not tills:
        return
    run(
        connection,
        f"""
        update {table} d
        set tills = array(select distinct till from unnest(d.tills || n.tills) as t(till) order by till),
            version = greatest(d.version, n.version)
        from (select store_id, array_agg(till) as tills, max(version) as version
              from unnest(%(ids)b::text[], %(tills)b::text[], %(versions)b::int[]) as t(store_id, till, version)
              group by store_id) n
        where d.store_id = n.store_id
        """,
        {
            "ids": [store_id for store_id, _, _ in tills],
            "tills": [till_id for _, till_id, _ in tills],
            "versions": [version for _, _, version in tills],
        },
    )


PROJECTION = Projection(
    table=STORE_DIRECTORY,
    types=frozenset({StoreRegistered.type, StoreDetailsChanged.type, TillRegistered.type}),
    project=project,
)
