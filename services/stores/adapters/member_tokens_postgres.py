"""Member tokens in PostgreSQL. The row of a token that nobody has is what intake and linking meet at.

Intake holds such a row in share mode until it commits; linking updates it, so it waits for every such intake, and
only then, in the same transaction, looks for waiting receipts. Without the row lock a receipt could commit just
after that look and wait for ever. Rows are always taken in order of their tokens: no two can wait for each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.stores.application.ports import Holder
from shared.database.batch import fetch, run

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from sqlalchemy import Connection


class PostgresMemberTokens:
    """`MemberTokens` on the tables `member_tokens` and `erased_customers`."""

    def customers(self, connection: Connection, tokens: Collection[str]) -> Mapping[str, UUID]:
        if not tokens:
            return {}
        wanted = sorted(tokens)
        found: dict[str, UUID] = dict(
            fetch(
                connection,
                "select token, customer_id from member_tokens"
                " where token = any(%(tokens)b::text[]) and customer_id is not null",
                {"tokens": wanted},
            ),
        )
        # A token that somebody has needs no lock: its receipt is theirs and waits for nobody.
        nobodys = [token for token in wanted if token not in found]
        if nobodys:
            self._place(connection, nobodys)
            held = fetch(
                connection,
                "select token, customer_id from member_tokens"
                " where token = any(%(tokens)b::text[]) order by token for share",
                {"tokens": nobodys},
            )
            found.update((token, customer_id) for token, customer_id in held if customer_id is not None)
        return found

    def take(self, connection: Connection, tokens: Collection[str]) -> Mapping[str, Holder]:
        if not tokens:
            return {}
        wanted = sorted(tokens)
        self._place(connection, wanted)
        rows = fetch(
            connection,
            "select token, customer_id, erased_on from member_tokens"
            " where token = any(%(tokens)b::text[]) order by token for no key update",
            {"tokens": wanted},
        )
        return {token: Holder(customer_id, erased_on) for token, customer_id, erased_on in rows}

    def hold(self, connection: Connection, holders: Mapping[str, Holder]) -> None:
        if not holders:
            return
        run(
            connection,
            """
            update member_tokens t set customer_id = h.customer_id, erased_on = h.erased_on
            from unnest(%(tokens)b::text[], %(customers)b::uuid[], %(erased)b::date[])
              as h(token, customer_id, erased_on)
            where t.token = h.token
            """,
            {
                "tokens": list(holders),
                "customers": [holder.customer_id for holder in holders.values()],
                "erased": [holder.erased_on for holder in holders.values()],
            },
        )

    def erase(self, connection: Connection, customer_ids: Collection[UUID]) -> None:
        if customer_ids:
            run(
                connection,
                "insert into erased_customers (customer_id) select * from unnest(%(ids)b::uuid[])"
                " on conflict do nothing",
                {"ids": sorted(customer_ids)},
            )

    def erased(self, connection: Connection, customer_ids: Collection[UUID]) -> frozenset[UUID]:
        rows = fetch(
            connection,
            "select customer_id from erased_customers where customer_id = any(%(ids)b::uuid[])",
            {"ids": list(customer_ids)},
        )
        return frozenset(customer_id for (customer_id,) in rows)

    def is_member(self, connection: Connection, customer_id: UUID) -> bool:
        return bool(
            fetch(
                connection,
                "select 1 from member_tokens where customer_id = %(id)s limit 1",
                {"id": customer_id},
            ),
        )

    def _place(self, connection: Connection, tokens: list[str]) -> None:
        """Rows to lock, in the order of `tokens`, where there are none yet."""
        run(
            connection,
            "insert into member_tokens (token) select * from unnest(%(tokens)b::text[]) on conflict do nothing",
            {"tokens": tokens},
        )
