"""The kernel's tables; what others told of members, stores and campaigns; messages and what became of them."""

from __future__ import annotations

from alembic import op

from shared.database.kernel_schema import STEP_2026_11_22

revision = "2026_11_22"
down_revision = None

_FACTS = """
create table contacts (
  customer_id uuid primary key,
  home_store text
);
create table contact_consents (
  customer_id uuid not null,
  purpose text not null,
  channel text not null,
  at timestamptz not null,
  given boolean not null,
  primary key (customer_id, purpose, channel, at)
);
comment on column contact_consents.channel is 'Empty where a consent has none.';
create index contact_consents_marketing on contact_consents (customer_id) where purpose = 'marketing';
create table contact_complaints (
  customer_id uuid not null,
  complaint_id uuid not null,
  closed boolean not null,
  primary key (customer_id, complaint_id)
);
create table held_out (
  customer_id uuid not null,
  experiment text not null,
  primary key (customer_id, experiment)
);
create table campaigns_heard (
  campaign_id uuid primary key,
  standing text not null,
  told_at timestamptz not null
);
create table contact_stores (
  store_id text primary key,
  time_zone text not null,
  region text,
  told_at timestamptz not null
);
create table erased_contacts (
  customer_id uuid primary key
);
create table last_purchases (
  customer_id uuid primary key,
  business_date date not null
);
create index last_purchases_business_date on last_purchases (business_date, customer_id);
"""

_OWN = """
create table messages (
  message_id uuid primary key,
  customer_id uuid not null,
  version integer not null,
  purpose text not null,
  template text not null,
  channels text[] not null,
  "values" json not null,
  campaign_id uuid,
  experiment text,
  partner text,
  send_after timestamptz not null,
  expires_at timestamptz not null,
  standing text not null,
  rule text,
  detail text,
  until timestamptz,
  channel text,
  attempt integer not null,
  sender uuid,
  due_at timestamptz,
  planned_at timestamptz not null,
  changed_at timestamptz not null
) with (fillfactor = 80);
create index messages_customer_id on messages (customer_id, message_id);
create index messages_campaign_id on messages (campaign_id, message_id) where campaign_id is not null;
create index messages_due_at on messages (due_at, message_id) where due_at is not null;
comment on column messages.due_at is 'Null while an attempt is open or its outcome unknown, and when it ended.';
create index messages_attempting on messages (sender) where standing = 'attempting';
create table message_decisions (
  message_id uuid not null,
  version integer not null,
  decision text not null,
  at timestamptz not null,
  rule text,
  detail text,
  channel text,
  until timestamptz,
  attempt integer,
  actor text not null,
  primary key (message_id, version)
);
create table suppressions (
  customer_id uuid not null,
  channel text not null,
  version integer not null,
  reach text,
  reason text,
  at timestamptz,
  primary key (customer_id, channel)
);
comment on column suppressions.reach is 'Null after it was lifted.';
create table call_list (
  message_id uuid primary key,
  customer_id uuid not null,
  version integer not null,
  store_id text,
  template text not null,
  campaign_id uuid,
  outcome text,
  calls integer not null,
  added_at timestamptz not null,
  called_at timestamptz
);
create index call_list_open on call_list (store_id, message_id) where outcome is null or outcome = 'no_answer';
create table templates (
  code text not null,
  channel text not null,
  language text not null,
  version integer not null,
  subject text,
  body text not null,
  html text,
  saved_at timestamptz not null,
  saved_by text not null,
  primary key (code, channel, language)
);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute(STEP_2026_11_22)
    op.execute(_FACTS)
    op.execute(_OWN)
