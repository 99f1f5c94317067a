"""Takes the receipts that tills write to the topic: the same intake as over HTTP, where nobody waits for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.stores.application.intake import count
from shared.contracts.receipt_checks import told
from shared.kernel.errors import PermanentError, Rejected
from shared.messaging.consumer import DONE, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from services.stores.application.intake import Intake, Result
    from services.stores.application.till_records import ReceiptView
    from shared.messaging.message import Message

AWAITED = frozenset({"unknown_store", "unknown_till"})
"""Right as soon as the store or till is registered. Over HTTP the till hears of it and keeps the receipt; here it is
parked, so that nothing is lost, and redriven when they are."""


class ReceiptRefused(Rejected):
    """A receipt that the intake calls invalid; `code` is the one that HTTP answers."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc] # one class for the intake's own codes


class ReceiptTaker:
    """Handles batches of `pos.receipts.v1` (`shared.messaging.consumer.Handle`)."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def __call__(
        self,
        connection: Connection,
        batch: Sequence[Message[ReceiptView]],
        *,
        lock: bool,
    ) -> Sequence[Outcome]:
        results = self._intake.take_each(connection, [(message.body, message.cause) for message in batch], lock=lock)
        outcomes = [_outcome(message, result) for message, result in zip(batch, results, strict=True)]
        if not any(isinstance(outcome.error, PermanentError) for outcome in outcomes):
            # Else all of it is undone and decided again without those that are parked.
            count(results)
        return outcomes


def _outcome(message: Message[ReceiptView], result: Result) -> Outcome:
    if result.outcome != "invalid":
        return DONE
    record, code = message.record, result.code or "invalid_input"
    if code in AWAITED:
        return Outcome(PermanentError(code, told(result.errors)))
    where = f"{record.topic}/{record.partition}@{record.offset}"
    return Outcome(ReceiptRefused(code, f"{where}: {told(result.errors)}"))
