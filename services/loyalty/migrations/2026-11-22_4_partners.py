"""What partners owe each other, and which receipt and campaign a bonus is for."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_4"
down_revision = "2026_11_22_3"


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute("""
        create table partner_entries (
          redemption_id uuid not null,
          version integer not null,
          entry_no smallint not null,
          transaction_id uuid not null,
          kind text not null,
          party text not null,
          counterparty text not null,
          amount_minor bigint not null,
          currency text not null,
          campaign_id uuid not null,
          redemption_version integer not null,
          store_id text not null,
          business_date date not null,
          occurred_at timestamptz not null,
          primary key (redemption_id, version, entry_no)
        )""")
    op.execute("""
        create index partner_entries_party on partner_entries (party, business_date)
          include (counterparty, currency, kind, amount_minor, campaign_id, redemption_id)""")
    op.execute("""
        create table bonuses (
          bonus_id uuid primary key,
          receipt_id uuid not null,
          campaign_id uuid not null
        )""")
