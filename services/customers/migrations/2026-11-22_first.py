"""The kernel's tables, the vault, and the read models of customers."""

from __future__ import annotations

from alembic import op

from shared.database import kernel_schema

revision = "2026_11_22"
down_revision = None


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute(kernel_schema.STEP_2026_11_22)
    op.execute("""
        create table vault_key_checks (
          key_name text primary key,
          digest bytea not null
        );
        comment on table vault_key_checks is 'Tells a key file from another; says nothing about the key.';

        create table vault_keys (
          customer_id uuid primary key,
          key_version integer not null,
          wrapped_key bytea not null
        );
        comment on table vault_keys is 'The data key of each person; deleting it is what erasing means.';
        create table vault_records (
          customer_id uuid primary key references vault_keys on delete cascade,
          schema_version smallint not null,
          sealed bytea not null,
          registration_fingerprint bytea not null
        );
        comment on column vault_records.registration_fingerprint is
          'Keyed hash of what the person was registered with: a repeated registration is recognised by it.';
        create table blind_index (
          kind text not null,
          digest bytea not null,
          customer_id uuid not null references vault_keys on delete cascade,
          primary key (kind, digest)
        );
        comment on table blind_index is 'Whose an identifier is, by its keyed hash; unique among all customers.';
        create index blind_index_customer_id on blind_index (customer_id);

        create table vault_access_log (
          id bigint generated always as identity primary key,
          customer_id uuid not null,
          caller text not null,
          purpose text not null,
          at timestamptz not null default clock_timestamp()
        );
        comment on table vault_access_log is 'Insert only. Who saw which profile without its mask, and why.';
        create index vault_access_log_customer_id on vault_access_log (customer_id, id);
        create trigger vault_access_log_insert_only before update or delete on vault_access_log
          for each row execute function refuse_change();
        create trigger vault_access_log_never_truncated before truncate on vault_access_log
          for each statement execute function refuse_change();

        create table customer_directory (
          customer_id uuid primary key,
          registered_on date not null,
          home_store text,
          identifier_kinds text[] not null,
          erased boolean not null,
          version integer not null
        );
        create table consent_history (
          customer_id uuid not null,
          version integer not null,
          purpose text not null,
          channel text,
          given boolean not null,
          text_version text,
          occurred_at timestamptz not null,
          primary key (customer_id, version)
        );
    """)
