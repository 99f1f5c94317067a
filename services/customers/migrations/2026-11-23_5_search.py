"""Names and phone endings by keyed hashes of their beginnings."""

from __future__ import annotations

from alembic import op

revision = "2026_11_23_5"
down_revision = "2026_11_22_4"


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute("""
        create table search_index (
          customer_id uuid primary key references vault_keys on delete cascade,
          tokens bigint[] not null
        );
        comment on table search_index is 'Who is found by which beginnings of a name, by their keyed hashes.';
        -- Written at once: a list of what is still to be indexed would be read through by every search.
        create index search_index_tokens on search_index using gin (tokens) with (fastupdate = off);
        -- The daily job gives members from before their row, and finds those that are left without looking at all.
        drop index vault_records_outdated;
        create index vault_records_outdated on vault_records (customer_id) where schema_version < 3;
    """)
