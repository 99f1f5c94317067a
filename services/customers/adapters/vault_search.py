"""The vault's index of names and phone endings: who may be meant by a search, by keyed hashes of what people type.

A row holds somebody's terms as 64 bits each of an HMAC. Whoever has the table and not the key sees how many share a
term, and so may guess the commonest surnames by how common they are; a name, a number or a rare term she cannot read.
The hashes are short so that the index stays in memory: whom two terms confuse, `Question.matched` tells apart.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from services.customers.application.questions import terms_of
from shared.access.visibility import EVERYBODY
from shared.database.batch import fetch, run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.application.profile import Profile
    from shared.access.visibility import Visible

_TOKEN_BYTES = 8
CANDIDATES_MAX = 20_000
"""So many who share a term are looked at before those whom a caller sees are looked at one by one."""
_HAVE_ALL = "select customer_id from search_index where tokens @> %(tokens)b::bigint[]"
_OF_THE_SEEN = f"{_HAVE_ALL} and {{seen}} limit %(limit)s"
# Left to choose, PostgreSQL looks up every member of a store for any term, however rare: it cannot know how many the
# scope has.
_OF_CANDIDATES = f"""
with candidates as materialized ({_HAVE_ALL} limit %(candidates)s)
select array(select customer_id from candidates where {{seen}} limit %(limit)s), (select count(*) from candidates)
"""


def index_people(connection: Connection, index_key: bytes, people: Iterable[tuple[UUID, Profile]]) -> None:
    """Makes each found by what they are called and reached by now."""
    rows = {customer_id: _tokens(index_key, terms_of(profile)) for customer_id, profile in people}
    if not rows:
        return
    run(
        connection,
        """
        insert into search_index (customer_id, tokens)
        select id, tokens::bigint[] from unnest(%(ids)b::uuid[], %(tokens)b::text[]) as p(id, tokens)
        on conflict (customer_id) do update set tokens = excluded.tokens where search_index.tokens <> excluded.tokens
        """,
        {"ids": list(rows), "tokens": [f"{{{','.join(map(str, tokens))}}}" for tokens in rows.values()]},
    )


def meant(
    connection: Connection,
    index_key: bytes,
    terms: Collection[str],
    seen: Visible,
    *,
    limit: int,
) -> list[UUID]:
    """Those of the `seen` who have all of `terms`, in no order."""
    asked = {"tokens": _tokens(index_key, terms), "limit": limit, **seen.parameters}
    if seen != EVERYBODY:
        in_common = {**asked, "candidates": CANDIDATES_MAX}
        [(found, candidates)] = fetch(connection, _OF_CANDIDATES.format(seen=seen.sql), in_common)
        if len(found) == limit or candidates < CANDIDATES_MAX:
            return list(found)
    # Everybody is seen; or many share the term and few of them are seen, of whom each is looked up.
    return [id_ for (id_,) in fetch(connection, _OF_THE_SEEN.format(seen=seen.sql), asked)]


def _tokens(index_key: bytes, terms: Collection[str]) -> list[int]:
    # Sorted: the order in which they were made would tell which begins which.
    return sorted(
        int.from_bytes(hmac.digest(index_key, f"search:{term}".encode(), "sha256")[:_TOKEN_BYTES], signed=True)
        for term in terms
    )
