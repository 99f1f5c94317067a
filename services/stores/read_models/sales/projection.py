"""Keeps `store_days` and `sales_by_day`: a batch is summed in memory first, then added with one statement each.

Sums are added to, so every event must come exactly once: the append that it shares a transaction with sees to that,
and so does a rebuild, which reads each position once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from services.stores.domain.receipt.events import LinesReturned, ReceiptEvent, ReceiptRecorded, ReceiptVoided
from services.stores.read_models.sales.table import SALES_BY_DAY, STORE_DAYS
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection, Table

    from services.stores.domain.receipt.content import Receipt
    from shared.eventstore.store import Recorded
    from shared.kernel.decider import StreamId

_TYPES = frozenset({ReceiptRecorded.type, LinesReturned.type, ReceiptVoided.type})


class FindReceipts(Protocol):
    """Receipts as they were sold, by their streams: what undoes them names only lines."""

    def __call__(self, connection: Connection, streams: Collection[StreamId]) -> Mapping[StreamId, Receipt]: ...


class SalesProjections:
    """Both projections over one way to find receipts."""

    def __init__(self, find_receipts: FindReceipts) -> None:
        self._find_receipts = find_receipts

    @property
    def store_days(self) -> Projection:
        """By store and day."""
        return Projection(STORE_DAYS, _TYPES, self._project_store_days)

    @property
    def sales_by_day(self) -> Projection:
        """By store, day and category."""
        return Projection(SALES_BY_DAY, _TYPES, self._project_sales_by_day)

    def _project_store_days(
        self,
        connection: Connection,
        table: str,
        batch: Sequence[Recorded[ReceiptEvent]],
    ) -> None:
        sums: dict[tuple[object, ...], list[int]] = {}
        for event, receipt in self._with_receipts(connection, batch):
            key = (receipt.store_id, receipt.business_date, receipt.currency)
            counts = sums.get(key)
            if counts is None:
                counts = sums[key] = [0, 0, 0, 0, 0, 0]
            match event:
                case ReceiptRecorded():
                    counts[0] += 1
                    counts[2] += len(receipt.lines)
                    counts[3] += receipt.total_minor
                case LinesReturned(returned_minor=returned_minor):
                    counts[4] += returned_minor
                case ReceiptVoided(lines=lines):
                    counts[1] += 1
                    counts[5] += sum(part.amount_minor for part in lines)
        _add(connection, table, STORE_DAYS, sums)

    def _project_sales_by_day(
        self,
        connection: Connection,
        table: str,
        batch: Sequence[Recorded[ReceiptEvent]],
    ) -> None:
        sums: dict[tuple[object, ...], list[int]] = {}
        for event, receipt in self._with_receipts(connection, batch):
            store, day, currency = receipt.store_id, receipt.business_date, receipt.currency
            if isinstance(event, ReceiptRecorded):
                for line in receipt.lines:
                    key = (store, day, currency, line.category or "")
                    counts = sums.get(key)
                    if counts is None:
                        counts = sums[key] = [0, 0, 0, 0, 0]
                    counts[0] += 1
                    counts[1] += line.quantity_milli
                    counts[2] += line.amount_minor
            elif isinstance(event, LinesReturned | ReceiptVoided):
                undone = 3 if isinstance(event, LinesReturned) else 4
                categories = {line.line: line.category or "" for line in receipt.lines}
                for part in event.lines:
                    counts = sums.setdefault((store, day, currency, categories[part.line]), [0, 0, 0, 0, 0])
                    counts[undone] += part.amount_minor
        _add(connection, table, SALES_BY_DAY, sums)

    def _with_receipts(
        self,
        connection: Connection,
        batch: Sequence[Recorded[ReceiptEvent]],
    ) -> list[tuple[ReceiptEvent, Receipt]]:
        undone = {record.stream for record in batch if not isinstance(record.event, ReceiptRecorded)}
        found = self._find_receipts(connection, undone) if undone else {}
        return [
            (event, event.receipt if isinstance(event, ReceiptRecorded) else found[record.stream])
            for record in batch
            for event in (record.event,)
        ]


def _add(connection: Connection, name: str, table: Table, sums: Mapping[tuple[object, ...], list[int]]) -> None:
    """Adds `sums` (key columns -> the other columns) to the table named `name`, which is made like `table`."""
    columns = [column.name for column in table.columns if not column.primary_key]
    # Most batches undo nothing: a column to which they add nothing is left alone, or to its default, 0.
    places = [place for place, values in enumerate(zip(*sums.values(), strict=True)) if any(values)]
    if not places:
        return
    keys, counts = [column.name for column in table.primary_key], [columns[place] for place in places]
    # In the order of their keys, so that two batches never wait for each other's rows.
    rows = [(*key, *[sums[key][place] for place in places]) for key in sorted(sums)]
    arrays = [f"%({name})b::{_ARRAY_TYPES.get(name, 'bigint[]')}" for name in keys + counts]
    run(
        connection,
        f"""
        insert into {name} as s ({", ".join(keys + counts)}) select * from unnest({", ".join(arrays)})
        on conflict ({", ".join(keys)}) do update set {", ".join(f"{c} = s.{c} + excluded.{c}" for c in counts)}
        """,
        dict(zip(keys + counts, map(list, zip(*rows, strict=True)), strict=True)),
    )


_ARRAY_TYPES = {"store_id": "text[]", "business_date": "date[]", "currency": "text[]", "category": "text[]"}
