"""The vault's index of birthdays: who celebrates on a day, by keyed hashes of days, so that the table does not tell.

It tells who shares a day, and its 366 groups differ in size a little: 29 February's is the smallest. Whoever has the
table and not the key learns no more than that.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from services.customers.application.birthdays import birthday_key
from shared.database.batch import fetch, run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.application.profile import Profile
    from shared.access.visibility import Visible


def index_birthdays(connection: Connection, index_key: bytes, people: Iterable[tuple[UUID, Profile]]) -> None:
    """Makes each found on the day that they celebrate now; who told no birthday is left as they are."""
    rows = [
        (customer_id, _digest(index_key, birthday_key(profile.birthday, profile.birthday_calendar)))
        for customer_id, profile in people
        if profile.birthday is not None
    ]
    if not rows:
        return
    run(
        connection,
        """
        insert into birthday_index (customer_id, digest)
        select * from unnest(%(ids)b::uuid[], %(digests)b::bytea[])
        on conflict (customer_id) do update set digest = excluded.digest
        """,
        {"ids": [customer_id for customer_id, _ in rows], "digests": [digest for _, digest in rows]},
    )


def celebrating(
    connection: Connection,
    index_key: bytes,
    keys: Collection[str],
    *,
    after: UUID | None,
    limit: int,
) -> list[UUID]:
    """Who celebrates on one of the days `keys`, by id."""
    rows = fetch(
        connection,
        """
        select customer_id from birthday_index
        where digest = any(%(digests)b::bytea[]) and (%(after)s::uuid is null or customer_id > %(after)s)
        order by customer_id limit %(limit)s
        """,
        {"digests": [_digest(index_key, key) for key in keys], "after": after, "limit": limit},
    )
    return [customer_id for (customer_id,) in rows]


def celebrating_among(
    connection: Connection,
    index_key: bytes,
    keys: Sequence[str],
    seen: Visible,
    *,
    limit: int,
) -> list[tuple[UUID, str]]:
    """Those of the `seen` who celebrate on one of the days `keys`, each with her day, in the order of `keys`."""
    rows = fetch(
        connection,
        f"""
        select b.customer_id, k.place
        from unnest(%(digests)b::bytea[]) with ordinality as k(digest, place)
        join birthday_index b on b.digest = k.digest
        where {seen.sql} order by k.place, b.customer_id limit %(limit)s
        """,
        {"digests": [_digest(index_key, key) for key in keys], "limit": limit, **seen.parameters},
    )
    return [(customer_id, keys[place - 1]) for customer_id, place in rows]


def _digest(index_key: bytes, key: str) -> bytes:
    return hmac.digest(index_key, f"birthday:{key}".encode(), "sha256")
