"""Small requests that come in the same moment are taken in one transaction: a till sends a receipt at a time."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from shared.commands.gathering import Gathering
from shared.commands.transact import transact
from shared.observability import tracing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from services.stores.application.intake import Intake, Result
    from shared.contracts.receipt_checks import Invalid
    from shared.contracts.receipts import ReceiptContent
    from shared.kernel.messages import Cause

FEW = 20
"""Receipts of a request that may share its transaction; one with more has enough of its own."""
REQUESTS_MAX = 25


class _Sent(NamedTuple):
    """One request."""

    documents: Sequence[ReceiptContent | Invalid]
    cause: Cause


class GatheredIntake:
    """The intake for those who send few receipts and no idempotency key: receipts are recognised without one."""

    def __init__(self, engine: Engine, intake: Intake) -> None:
        self._engine = engine
        self._intake = intake
        self._gathering: Gathering[_Sent, list[Result]] = Gathering(self._take, most=REQUESTS_MAX)

    def take(self, documents: Sequence[ReceiptContent | Invalid], cause: Cause) -> list[Result]:
        """As `Intake.take`, in a transaction that is committed when this returns; others may have been in it."""
        return self._gathering.do(_Sent(documents, cause._replace(trace=tracing.current())))

    def _take(self, requests: Sequence[_Sent]) -> list[list[Result]]:
        caused = [(document, sent.cause) for sent in requests for document in sent.documents]
        results = iter(
            transact(self._engine, lambda connection, lock: self._intake.take_each(connection, caused, lock=lock))
        )
        return [
            [replace(result, index=index) for index, result in enumerate(islice(results, len(sent.documents)))]
            for sent in requests
        ]
