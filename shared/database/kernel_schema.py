"""The tables that every service has, as dated steps. A service's first migration runs them.

A step is frozen once released: a change is a new step, called from a new migration of each service.
"""

from __future__ import annotations

STEP_2026_11_22 = """
create table events (
  position bigint generated always as identity primary key,
  stream_category text not null,
  stream_id text not null,
  stream_version integer not null,
  event_id uuid not null,
  type text not null,
  schema_version smallint not null,
  data json not null,
  metadata json not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint events_stream_version unique (stream_category, stream_id, stream_version),
  constraint events_event_id unique (event_id)
);
comment on table events is 'Insert only. What happened, for ever.';

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on % is refused: it is insert only; correct the past with a new event', tg_op, tg_table_name
    using errcode = 'restrict_violation';
end $$;
create trigger events_insert_only before update or delete on events
  for each row execute function refuse_change();
create trigger events_never_truncated before truncate on events
  for each statement execute function refuse_change();

create table stream_state (
  stream_category text not null,
  stream_id text not null,
  version integer not null,
  appended integer not null,
  schema_hash text not null,
  state text not null,
  primary key (stream_category, stream_id)
) with (fillfactor = 80);
comment on table stream_state is 'The folded write-side state of each stream; a cache of its events.';
comment on column stream_state.appended is
  'How many events the last append added: version - appended is the version it expected to find.';

create table outbox (
  id bigint generated always as identity primary key,
  topic text not null,
  key bytea not null,
  event_id uuid not null,
  headers bytea not null,
  body bytea not null
);
create table outbox_parked (
  id bigint primary key,
  topic text not null,
  key bytea not null,
  event_id uuid not null,
  headers bytea not null,
  body bytea not null,
  reason text not null,
  parked_at timestamptz not null default clock_timestamp()
);
create index outbox_parked_key on outbox_parked (topic, key);

create table consumer_offsets (
  consumer text not null,
  topic text not null,
  partition integer not null,
  next_offset bigint not null,
  topic_id uuid not null,
  moved_at timestamptz not null default clock_timestamp(),
  primary key (consumer, topic, partition)
) with (fillfactor = 50);
create table consumer_gaps (
  consumer text not null,
  topic text not null,
  partition integer not null,
  from_offset bigint not null,
  to_offset bigint not null,
  reason text not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (consumer, topic, partition, from_offset)
);
create table inbox (
  consumer text not null,
  generation integer not null,
  source text not null,
  event_id uuid not null,
  claimed_at timestamptz not null default now(),
  primary key (consumer, generation, source, event_id)
);
create index inbox_claimed_at on inbox using brin (claimed_at);
create table parked (
  id bigint generated always as identity primary key,
  consumer text not null,
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  digest bytea not null,
  key bytea,
  headers bytea not null,
  body bytea,
  reason text not null,
  detail text not null,
  follower boolean not null,
  claimed boolean not null,
  parked_at timestamptz not null default clock_timestamp(),
  unique (consumer, topic, partition, "offset", digest)
);
comment on column parked.digest is 'Of key, headers and body: another log has other records at the same offset.';
comment on column parked.claimed is 'Whether the inbox holds its claim: it could be read when it came.';
-- By hash: a key is as long as whoever wrote the record liked, and a b-tree would refuse a long one.
create index parked_key on parked using hash (key);
create table refused (
  id bigint generated always as identity primary key,
  consumer text not null,
  event_id uuid not null,
  type text not null,
  code text not null,
  detail text not null,
  refused_at timestamptz not null default clock_timestamp()
);

create table idempotency_keys (
  caller text not null,
  route text not null,
  key text not null,
  request_hash bytea not null,
  status smallint,
  answer bytea,
  created_at timestamptz not null default now(),
  primary key (caller, route, key)
);
create index idempotency_keys_created_at on idempotency_keys using brin (created_at);
create table jobs (
  name text not null,
  business_date date not null,
  finished_at timestamptz not null default clock_timestamp(),
  primary key (name, business_date)
);
"""

STEP_2026_11_22_2 = """
create table audit_log (
  number bigint primary key,
  at timestamptz not null,
  actor text not null,
  action text not null,
  subject text not null,
  details json not null,
  previous_hash bytea not null unique,
  hash bytea not null
);
comment on table audit_log is 'Insert only. Who did what to whom: a chain, each row covering the hash before it.';
create index audit_log_subject on audit_log (subject, number);
create trigger audit_log_insert_only before update or delete on audit_log
  for each row execute function refuse_change();
create trigger audit_log_never_truncated before truncate on audit_log
  for each statement execute function refuse_change();

create table audit_log_head (
  only_one boolean primary key default true check (only_one),
  number bigint not null,
  hash bytea not null
);
comment on table audit_log_head is 'The chain''s last row. Its lock keeps the chain from forking.';
insert into audit_log_head (number, hash) values (0, decode(repeat('00', 32), 'hex'));
"""
