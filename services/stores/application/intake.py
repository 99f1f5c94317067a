"""The intake: documents to answers, one transaction per batch. HTTP, files and topics all come through here.

One bad receipt never fails its neighbours: only the request as a whole is refused, or nothing is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from services.stores.application.resolving import Named, resolve
from services.stores.domain.receipt.commands import RecordReceipt
from services.stores.domain.receipt.decider import CATEGORY
from services.stores.domain.receipt.events import ReceiptRecorded
from shared.commands.handler import Addressed, CommandHandler, Decision
from shared.contracts.receipt_checks import FieldError, Invalid
from shared.kernel.decider import StreamId
from shared.kernel.failpoints import failpoint
from shared.kernel.ids import derived_id
from shared.kernel.messages import Cause
from shared.observability import metrics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from services.stores.application.ports import FindStores, MemberTokens
    from shared.contracts.receipts import ReceiptContent
    from shared.identity.tokeniser import Tokeniser
    from shared.kernel.clock import BusinessClock

Outcome = Literal["recorded", "duplicate", "quarantined", "invalid"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one receipt. `index` is its place in the batch; an invalid one has errors and no id."""

    index: int
    outcome: Outcome
    receipt_id: UUID | None = None
    version: int | None = None
    code: str | None = None
    errors: tuple[FieldError, ...] = ()


class Intake:
    """Takes receipts: recorded once, recognised ever after, quarantined when their content differs."""

    def __init__(
        self,
        handler: CommandHandler,
        find_stores: FindStores,
        tokens: MemberTokens,
        tokeniser: Tokeniser,
        clock: BusinessClock,
        *,
        waits_days: int,
    ) -> None:
        self._handler = handler
        self._find_stores = find_stores
        self._tokens = tokens
        self._tokeniser = tokeniser
        self._clock = clock
        self._waits = timedelta(days=waits_days)

    def take(
        self,
        connection: Connection,
        documents: Sequence[ReceiptContent | Invalid],
        cause: Cause,
        *,
        lock: bool,
    ) -> list[Result]:
        """One result per document of one request, in order, in the caller's transaction; `took` follows its commit.

        Raises `ConcurrencyConflict` when another intake took one of the receipts in the same moment.
        """
        return self.take_each(connection, [(document, cause) for document in documents], lock=lock)

    def take_each(
        self,
        connection: Connection,
        caused: Sequence[tuple[ReceiptContent | Invalid, Cause]],
        *,
        lock: bool,
    ) -> list[Result]:
        """The same for documents that came one by one, each for its own cause."""
        documents = [document for document, _ in caused]
        stores = self._find_stores(connection, {d.store for d in documents if not isinstance(d, Invalid)})
        named = [d if isinstance(d, Invalid) else resolve(d, stores, self._tokeniser) for d in documents]
        customers = self._customers(connection, named)
        waits_until = self._clock.now().date() + self._waits
        units = [
            [_record(item, customers, waits_until, cause)]
            for item, (_, cause) in zip(named, caused, strict=True)
            if not isinstance(item, Invalid)
        ]
        failpoint("intake.before_append")
        decisions = iter(self._handler.run(connection, units, lock=lock))
        results = [
            Result(index, "invalid", code=item.code, errors=item.errors)
            if isinstance(item, Invalid)
            else _result(index, item, next(decisions))
            for index, item in enumerate(named)
        ]
        failpoint("intake.before_commit")
        return results

    def took(self, results: Sequence[Result]) -> None:
        """Counts what a committed batch did."""
        failpoint("intake.after_commit")
        count(results)

    def _customers(self, connection: Connection, named: Sequence[Named | Invalid]) -> Mapping[str, UUID]:
        tokens = {item.receipt.member_token for item in named if not isinstance(item, Invalid)}
        return self._tokens.customers(connection, {token for token in tokens if token is not None})


def count(results: Sequence[Result]) -> None:
    """Adds what became of the receipts to the figures that are watched."""
    for outcome, number in counts_of(results).items():
        metrics.RECEIPTS.labels(outcome).inc(number)


def counts_of(results: Sequence[Result]) -> dict[Outcome, int]:
    """How many of each outcome, zeros included."""
    counts = Counter(result.outcome for result in results)
    return {outcome: counts[outcome] for outcome in ("recorded", "duplicate", "quarantined", "invalid")}


def _record(item: Named, customers: Mapping[str, UUID], waits_until: date, cause: Cause) -> Addressed:
    receipt = item.receipt
    customer_id = customers.get(receipt.member_token) if receipt.member_token else None
    # The document is the cause, not the request that brings it: after a restore tills send again, in other company and
    # maybe another way, and what follows must have the ids that the others have heard.
    own = cause._replace(id=derived_id(item.receipt_id, item.content_hash), occurred_at=receipt.occurred_at)
    return Addressed(
        StreamId(CATEGORY, str(item.receipt_id)),
        RecordReceipt(receipt, item.content_hash, customer_id, waits_until),
        own,
    )


def _result(index: int, item: Named, decision: Decision) -> Result:
    (after,) = decision.unwrap().states.values()
    if after.state.content_hash != item.content_hash:
        problem = "came before with other content under the same store, till, business date and number"
        errors = (FieldError("receipt", f"{problem}; see GET /quarantine"),)
        return Result(index, "quarantined", item.receipt_id, after.version, "content_differs", errors)
    recorded = bool(decision.events) and decision.events[0].event.type == ReceiptRecorded.type
    return Result(index, "recorded" if recorded else "duplicate", item.receipt_id, after.version)
