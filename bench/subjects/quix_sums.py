"""Quix Streams doing the same sums: points per member and per receipt in its state store, with a changelog topic.

Its own defaults: RocksDB, at-least-once, a checkpoint every five seconds, which is also what is durable: the changelog
on Kafka. It keeps the newest state and no ledger, no events, nothing that can be asked by SQL.

    python -m bench.subjects.quix_sums BOOTSTRAP TOPIC RECORDS STATE_FOLDER
"""

from __future__ import annotations

import sys

from quixstreams import Application, State

from bench.subjects.telling import tell

totals = {"members": 0, "receipts": 0, "points": 0}
began: list[bool] = []


def settle(sale: dict, state: State) -> int:
    """The difference that a sale makes, kept in the state of its member, who is the key."""
    if not began:
        began.append(True)
        tell("began")
    if sale["customer_id"] is None:
        return 0
    version, points = state.get(sale["receipt_id"], (0, 0))
    if version >= sale["receipt_version"]:
        return 0
    due = sale["net_minor"] // 100
    balance = state.get("available")
    state.set("available", (balance or 0) + due - points)
    state.set(sale["receipt_id"], (sale["receipt_version"], due))
    # What was added to what was found: right in the end only if the store gave back what it had been given.
    totals["members"] += balance is None
    totals["receipts"] += version == 0
    totals["points"] += due - points
    return due - points


def main() -> None:
    """Consumes RECORDS records of TOPIC."""
    bootstrap, topic, records, folder = sys.argv[1:]
    app = Application(
        broker_address=bootstrap,
        consumer_group=folder.rsplit("/", 1)[-1],
        auto_offset_reset="earliest",
        state_dir=folder,
        loglevel="WARNING",
    )
    sales = app.topic(topic, value_deserializer="json", key_deserializer="str")
    frame = app.dataframe(sales).apply(settle, stateful=True)
    # Returns when the last checkpoint is committed.
    app.run(frame, count=int(records), collect=False)
    tell("done")
    tell("sums", **totals)


if __name__ == "__main__":
    main()
