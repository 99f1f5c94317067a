"""`eventsourcing` keeping the same ledger: an aggregate per account, an event per receipt with its postings.

Its fastest settings that keep its promises: one `save` with every account of a batch, which is one transaction and one
insert; aggregates cached without limit, not copied and not read again, as one writer may; events of plain values, which
its transcoder passes through. Its stored function for inserts stays off: it takes no lock, and followers could skip.

BATCH is how many receipts a save has. One is what its documentation shows, an aggregate and a transaction per command;
500 is what it can do when somebody writes a batch consumer around it. psycopg is the compiled one: with the one in pure
Python, a save of so many events waits for ever.

It does less than we do: no rows of entries, lots and balances beside the events, no outbox, no inbox. A copy of a
receipt is known by the account's own memory of its receipts.

    python -m bench.subjects.eventsourcing_ledger BOOTSTRAP TOPIC RECORDS PGHOST PGUSER DATABASE BATCH
"""

from __future__ import annotations

import json
import sys
from datetime import date
from uuid import UUID

from confluent_kafka import Consumer
from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate, event

from bench.subjects.telling import tell

CONSUMED_AT_ONCE = 500
EXPIRE_AFTER_YEARS = 2


class Account(Aggregate):
    """A member's points, with what each receipt has earned."""

    def __init__(self, customer_id: str) -> None:
        self.customer_id = customer_id
        self.available = 0
        self.lots: dict[str, int] = {}
        self.receipts: dict[str, tuple[int, int, str]] = {}

    @staticmethod
    def create_id(customer_id: str) -> UUID:
        """The account's id is the member's."""
        return UUID(customer_id)

    @event("Settled")
    def settle(  # noqa: PLR0917 - the library sends an event's fields by their names
        self,
        receipt_id: str,
        receipt_version: int,
        net_minor: int,  # noqa: ARG002 - kept in the event
        currency: str,  # noqa: ARG002 - as above
        business_date: str,  # noqa: ARG002 - as above
        expires_on: str,
        receipt_points: int,
        postings: list[list[str | int | None]],
    ) -> None:
        """What an event of a receipt does to the account."""
        self.receipts[receipt_id] = (receipt_version, receipt_points, expires_on)
        for account, points, lot in postings:
            if account == "member":
                self.available += points
                self.lots[lot] = self.lots.get(lot, 0) + points


def settle(account: Account, sale: dict) -> None:
    """What `loyalty` decides of a sale; nothing here is ever spent, so nothing is ever owed."""
    version, points, expires_on = account.receipts.get(sale["receipt_id"], (0, 0, end_of_month(sale["business_date"])))
    if version >= sale["receipt_version"]:
        return
    due = sale["net_minor"] // 100
    difference = due - points
    postings = [["issued", -difference, None], ["member", difference, expires_on]] if difference else []
    account.settle(
        sale["receipt_id"],
        sale["receipt_version"],
        sale["net_minor"],
        sale["currency"],
        sale["business_date"],
        expires_on,
        due,
        postings,
    )


def end_of_month(day: str) -> str:
    """The last day of a lot."""
    year, month, _ = map(int, day.split("-"))
    following = date(year + EXPIRE_AFTER_YEARS + month // 12, month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1).isoformat()


class Ledger(Application[UUID]):
    """The application."""

    name = "ledger"

    def handle(self, sales: list[dict]) -> None:
        """A batch, in one transaction."""
        accounts: dict[str, Account] = {}
        for sale in sales:
            customer_id = sale["customer_id"]
            if customer_id is None:
                continue
            account = accounts.get(customer_id)
            if account is None:
                account = accounts[customer_id] = self._account(customer_id)
            settle(account, sale)
        self.save(*accounts.values())

    def _account(self, customer_id: str) -> Account:
        try:
            return self.repository.get(UUID(customer_id))
        except AggregateNotFoundError:
            return Account(customer_id)


def main() -> None:
    """Consumes RECORDS records of TOPIC."""
    bootstrap, topic, records, host, user, database, size = sys.argv[1:]
    ledger = Ledger(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": database,
            "POSTGRES_HOST": host,
            "POSTGRES_PORT": "5432",
            "POSTGRES_USER": user,
            "POSTGRES_PASSWORD": "none",
            "AGGREGATE_CACHE_MAXSIZE": "0",
            "AGGREGATE_CACHE_FASTFORWARD": "n",
            "DEEPCOPY_FROM_AGGREGATE_CACHE": "n",
        }
    )
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"{topic}.{database}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([topic], on_assign=lambda *_: tell("began"))
    handled = 0
    while handled < int(records):
        batch = consumer.consume(CONSUMED_AT_ONCE, timeout=0.2)
        if batch:
            sales = [json.loads(message.value()) for message in batch]
            for first in range(0, len(sales), int(size)):
                ledger.handle(sales[first : first + int(size)])
            handled += len(batch)
            consumer.commit(asynchronous=False)
    tell("done")
    accounts = [ledger.repository.get(id_) for id_ in ledger.repository.cache.cache]
    tell(
        "sums",
        members=len(accounts),
        receipts=sum(len(account.receipts) for account in accounts),
        points=sum(account.available for account in accounts),
    )
    consumer.close()
    ledger.close()


if __name__ == "__main__":
    main()
