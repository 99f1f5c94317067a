"""Registered stores for the intake, from `store_directory`: one query per batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.stores.application.ports import KnownStore
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection


def find_stores(connection: Connection, store_ids: Collection[str]) -> Mapping[str, KnownStore]:
    """`FindStores`: the registered ones among `store_ids`."""
    rows = fetch(
        connection,
        "select store_id, time_zone, currency, tills from store_directory where store_id = any(%(ids)b::text[])",
        {"ids": list(store_ids)},
    )
    return {store_id: KnownStore(zone, currency, frozenset(tills)) for store_id, zone, currency, tills in rows}
