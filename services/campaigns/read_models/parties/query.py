"""Reads parties: by code, by store, near a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.campaigns.domain.party.distance import Point, box_around, distance_m
from services.campaigns.read_models.parties.view import NearbyParties, NearbyParty, PartyStore, PartyView
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

NEARBY_MAX = 200
_COLUMNS = "code, version, name, category, ours, latitude, longitude, store_ids, store_latitudes, store_longitudes"


def store_owners(connection: Connection, stores: Collection[str]) -> dict[str, str]:
    """Which party runs each of `stores`; those that nobody runs are not in the answer."""
    rows = fetch(
        connection,
        """
        select s.store_id, p.code from parties p, unnest(p.store_ids) as s(store_id)
        where p.store_ids && %(stores)s::text[] and s.store_id = any(%(stores)s::text[])
        """,
        {"stores": list(stores)},
    )
    return dict(rows)


def party_at(connection: Connection, store_id: str) -> str | None:
    """The party whose tills a store's are, if any."""
    return store_owners(connection, [store_id]).get(store_id)


def ours_of(connection: Connection, parties: Collection[str]) -> dict[str, bool]:
    """Whether each of `parties` is ours; those that nobody registered are not in the answer."""
    asked = "select code, ours from parties where code = any(%(codes)s::text[])"
    return dict(fetch(connection, asked, {"codes": list(parties)}))


def party(connection: Connection, code: str) -> PartyView | None:
    """One party."""
    rows = fetch(connection, f"select {_COLUMNS} from parties where code = %(code)s", {"code": code})
    return PartyView(**_fields(rows[0])) if rows else None


def parties(connection: Connection, *, only: str | None, after: str | None, limit: int) -> list[PartyView]:
    """At most `limit` parties by code, those after `after`; with `only`, no other than that one."""
    rows = fetch(
        connection,
        f"""
        select {_COLUMNS} from parties
        where (%(only)s::text is null or code = %(only)s) and (%(after)s::text is null or code > %(after)s)
        order by code limit %(limit)s
        """,
        {"only": only, "after": after, "limit": limit},
    )
    return [PartyView(**_fields(row)) for row in rows]


def near(connection: Connection, store_id: str, *, within_m: int, only: str | None) -> NearbyParties | None:
    """Partners within `within_m` meters of a store; None if no party runs the store.

    The database cuts out a box, by its index on latitudes; distances are worked out for what lies in it.
    """
    found = fetch(
        connection,
        """
        select p.category, s.latitude, s.longitude
        from parties p, unnest(p.store_ids, p.store_latitudes, p.store_longitudes) as s(store_id, latitude, longitude)
        where p.store_ids @> array[%(store)s::text] and s.store_id = %(store)s
        """,
        {"store": store_id},
    )
    if not found:
        return None
    category, latitude, longitude = found[0]
    center = Point(latitude, longitude)
    box = box_around(center, within_m)
    rows = fetch(
        connection,
        f"""
        select {_COLUMNS} from parties
        where not ours and (%(only)s::text is null or code = %(only)s)
          and latitude between %(south)s and %(north)s
          and (longitude between %(west)s and %(east)s
               -- A box over the date line goes on beyond 180 degrees.
               or longitude + 360 between %(west)s and %(east)s or longitude - 360 between %(west)s and %(east)s)
        """,
        {"only": only, **box._asdict()},
    )
    nearby = [
        NearbyParty(**fields, distance_m=round(meters), complementary=fields["category"] != category)
        for fields in map(_fields, rows)
        if (meters := distance_m(center, Point(fields["latitude"], fields["longitude"]))) <= within_m
    ]
    nearby.sort(key=lambda one: (not one.complementary, one.distance_m, one.code))
    return NearbyParties(
        store=store_id,
        within_m=within_m,
        items=nearby[:NEARBY_MAX],
        more=len(nearby) > NEARBY_MAX,
    )


def _fields(row: tuple[Any, ...]) -> dict[str, Any]:
    code, version, name, category, ours, latitude, longitude, *stores = row
    return {
        "code": code,
        "version": version,
        "name": name,
        "category": category,
        "ours": ours,
        "latitude": latitude,
        "longitude": longitude,
        "stores": [
            PartyStore(store=store, latitude=lat, longitude=long) for store, lat, long in zip(*stores, strict=True)
        ],
    }
