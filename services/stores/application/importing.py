"""`regulars import`: a file through the same intake as everything else, a batch at a time.

A file can be imported again at any time, also after a crash: what was taken is recognised.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import orjson

from services.stores.application.import_rows import document_of, entries_of
from services.stores.application.reading import read_documents
from shared.commands.transact import transact
from shared.contracts.receipt_checks import Invalid
from shared.kernel.errors import InvalidInput
from shared.kernel.ids import new_id
from shared.kernel.messages import Cause
from shared.kernel.money import minor_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from sqlalchemy import Connection, Engine

    from services.stores.application.import_rows import Entry
    from services.stores.application.intake import Intake, Outcome, Result
    from services.stores.application.ports import FindStores, KnownStore, OpenRows
    from shared.contracts.receipts import ReceiptDocument
    from shared.kernel.clock import BusinessClock

BATCH_RECEIPTS = 500
ACTOR = "import"
_DIGITS_UNKNOWN = 2
"""Of a currency that nobody knows: the intake refuses the receipt anyway."""


@dataclass
class ImportCounts:
    """How far an import is."""

    rows: int = 0
    receipts: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)


class Importer:
    """Takes files."""

    def __init__(
        self,
        engine: Engine,
        intake: Intake,
        find_stores: FindStores,
        open_rows: OpenRows,
        clock: BusinessClock,
    ) -> None:
        self.engine = engine
        self._intake = intake
        self._find_stores = find_stores
        self._open_rows = open_rows
        self._clock = clock

    def run(
        self,
        file: Path,
        *,
        rejects: Path,
        progress: Callable[[ImportCounts], None] = lambda _: None,
    ) -> ImportCounts:
        """Takes every receipt in `file`; those that were not recorded are told in `rejects`, a JSON object per line.

        Raises `FileRefused` before anything is taken when format, encoding or columns are wrong.
        """
        entries = entries_of(self._open_rows(file))
        counts = ImportCounts()
        with rejects.open("wb") as rejected:
            while batch := list(islice(entries, BATCH_RECEIPTS)):
                results = self._take(batch)
                for entry, result in zip(batch, results, strict=True):
                    _tell(rejected, entry, result)
                counts.rows = batch[-1].last_row
                counts.receipts += len(batch)
                counts.outcomes.update(result.outcome for result in results)
                progress(counts)
        return counts

    def _take(self, batch: Sequence[Entry]) -> list[Result]:
        cause_id = new_id()
        cause = Cause(cause_id, cause_id, self._clock.now(), ACTOR)

        def work(connection: Connection, lock: bool) -> list[Result]:
            stores = self._find_stores(connection, {str(entry.head.get("store")) for entry in batch})
            documents = list(_documents(batch, stores))
            return self._intake.take(connection, documents, cause, lock=lock)

        results = transact(self.engine, work)
        self._intake.took(results)
        return results


def _documents(batch: Sequence[Entry], stores: Mapping[str, KnownStore]) -> Iterator[ReceiptDocument | Invalid]:
    built = [document_of(entry, _digits(entry, stores)) for entry in batch]
    read = iter(read_documents([item for item in built if not isinstance(item, Invalid)]))
    for item in built:
        yield item if isinstance(item, Invalid) else next(read)


def _digits(entry: Entry, stores: Mapping[str, KnownStore]) -> int:
    store = stores.get(str(entry.head.get("store")))
    currency = entry.head.get("currency") or (store.currency if store else "")
    try:
        return minor_digits(str(currency))
    except InvalidInput:
        return _DIGITS_UNKNOWN


def _tell(rejected: BinaryIO, entry: Entry, result: Result) -> None:
    if result.outcome in {"invalid", "quarantined"}:
        why = {
            "first_row": entry.first_row,
            "last_row": entry.last_row,
            "outcome": result.outcome,
            "code": result.code,
            "errors": result.errors,
        }
        rejected.write(orjson.dumps(why) + b"\n")
