"""Every metric of every process, in one place: its name, its unit, and what to do when it moves.

Labels hold names of services, consumers, topics and outcomes, never an id of anybody or anything.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

CONSUMED = Counter(
    "regulars_consumer_records_total",
    "Records by what became of them. Parked or refused growing: see `regulars parked list`.",
    ["consumer", "outcome"],
)
BATCH_SECONDS = Histogram(
    "regulars_consumer_batch_seconds",
    "One batch, from the offset lock to the commit. Near the statement time-out: smaller batches.",
    ["consumer"],
    buckets=_SECONDS,
)
BATCH_RECORDS = Histogram(
    "regulars_consumer_batch_records",
    "Records per batch. Always at the maximum: the consumer is catching up.",
    ["consumer"],
    buckets=(1, 5, 10, 50, 100, 250, 500, 1000),
)
UP = Gauge(
    "regulars_up",
    "1 if the service's database (or `log`, the event log) answered the last look. 0: its other gauges are left out.",
    ["service"],
)
READY = Gauge(
    "regulars_ready",
    "1 while /readyz of this process says yes. 0: /readyz says what is missing.",
)
LAG_RECORDS = Gauge(
    "regulars_consumer_lag_records",
    "Log end minus the database's offset, over all partitions. Growing: add members, or look at what is slow.",
    ["consumer", "topic"],
)
LAG_SECONDS = Gauge(
    "regulars_consumer_lag_seconds",
    "How long the oldest record that waits has been in the log, by the wall clock, as far as this process has seen: at"
    " least so long, and counted anew from its start. Business time, which an import or a replay moves, plays no part.",
    ["consumer", "topic"],
)
PARKED_ROWS = Gauge(
    "regulars_parked_rows",
    "Records that are parked now and wait for an operator, by consumer; <service>.relay: rows that the log refused.",
    ["consumer"],
)
OUTBOX_ROWS = Gauge(
    "regulars_outbox_rows",
    "Rows that the relay has yet to publish; counted up to 100,000.",
    ["service"],
)
OUTBOX_AGE_SECONDS = Gauge(
    "regulars_outbox_age_seconds",
    "How long the oldest outbox row has waited, as far as this process has seen: at least so long.",
    ["service"],
)
POOL_IN_USE = Gauge(
    "regulars_pool_connections_in_use",
    "Database connections of this process that are at work.",
    ["service"],
)
POOL_LIMIT = Gauge(
    "regulars_pool_connections_limit",
    "The most that this process takes; further work waits for a connection, then fails as unavailable.",
    ["service"],
)
CONFLICTS = Counter(
    "regulars_conflicts_total",
    "Batches or requests decided again because another writer came between. Rising: a contended stream.",
    ["where"],
)
SWEEP_FAILURES = Counter(
    "regulars_sweep_failures_total",
    "Things that a job could not do and left for its next run, by job; its log lines say which and why.",
    ["job"],
)
CONSUMER_STOPPED = Gauge(
    "regulars_consumer_stopped",
    "1 while a consumer waits for an operator; its log line says why.",
    ["consumer"],
)
RELAY_LEADING = Gauge(
    "regulars_relay_leading",
    "1 in the one process whose relay publishes the service's outbox. 0 everywhere: nothing is published.",
    ["service"],
)
RELAYED = Counter(
    "regulars_relay_records_total",
    "Outbox rows published, or parked because the log refused them.",
    ["service", "outcome"],
)
RECEIPTS = Counter(
    "regulars_intake_receipts_total",
    "Receipts by answer: recorded, duplicate, quarantined, invalid.",
    ["outcome"],
)
REQUEST_SECONDS = Histogram(
    "regulars_http_request_seconds",
    "One HTTP request by service, method and status class.",
    ["service", "method", "status"],
    buckets=_SECONDS,
)
REQUESTS_IN_FLIGHT = Gauge(
    "regulars_http_requests_in_flight",
    "HTTP requests that this process has begun and not answered.",
    ["service"],
)
MUST_BE_ZERO = Gauge(
    "regulars_must_be_zero",
    "Rows that break an invariant: ledger_imbalance, balance_mismatch, audit_chain. Anything but 0 is an incident. That"
    " nothing is sent without consent has no figure yet: nothing is sent yet.",
    ["service", "check"],
)
MUST_BE_ZERO_LOOKED_AT = Gauge(
    "regulars_must_be_zero_looked_at_timestamp_seconds",
    "When the invariants of the service were last looked at by this process.",
    ["service"],
)
