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
LAG_RECORDS = Gauge(
    "regulars_consumer_lag_records",
    "Log end minus the database's offset, over all partitions. Growing: add members, or look at what is slow.",
    ["consumer", "topic"],
)
CONFLICTS = Counter(
    "regulars_conflicts_total",
    "Batches or requests decided again because another writer came between. Rising: a contended stream.",
    ["where"],
)
CONSUMER_STOPPED = Gauge(
    "regulars_consumer_stopped",
    "1 while a consumer waits for an operator; its log line says why.",
    ["consumer"],
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
