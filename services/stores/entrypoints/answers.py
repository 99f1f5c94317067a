"""What the routes answer about changes. Read models have their own views."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.stores.application.intake import Outcome, Result
from services.stores.domain.receipt.events import LinesReturned
from services.stores.domain.receipt.state import Standing
from services.stores.domain.values import quantity_of
from shared.contracts.receipt_checks import FieldError

if TYPE_CHECKING:
    from services.stores.application.commands import Stood


class IntakeAnswer(BaseModel):
    """One result per receipt, in the order in which they were sent."""

    results: list[Result]
    counts: dict[Outcome, int]


class StoreResult(BaseModel):
    """What became of one store of a batch."""

    index: int
    outcome: Literal["registered", "changed", "unchanged", "rejected"]
    store: str | None = Field(default=None, description="Null when it could not be read.")
    version: int | None = Field(default=None, description="The stream version; null when rejected.")
    code: str | None = Field(default=None, description="When rejected: why, in one stable word.")
    errors: list[FieldError] = Field(default=[], description="When rejected: what was wrong and what to do.")


class StoreResults(BaseModel):
    """One result per store, in the order in which they were sent."""

    results: list[StoreResult]


class StoreVersion(BaseModel):
    """A store, and its stream version after the change."""

    store: str
    version: int


class ReceiptVersion(BaseModel):
    """A receipt, and its stream version after the change."""

    receipt_id: UUID
    version: int


class ReceiptStanding(ReceiptVersion):
    """How the receipt stood just after the change."""

    standing: Standing
    net_minor: int


class LineBack(BaseModel):
    """What came back of one line."""

    line: int
    quantity: Decimal
    amount_minor: int


class ReturnAnswer(ReceiptStanding):
    """What came back, and what to pay out."""

    return_id: UUID
    lines: list[LineBack]
    returned_minor: int


def standing_of(stood: Stood) -> ReceiptStanding:
    """The answer to a void."""
    state = stood.moment.state
    return ReceiptStanding(
        receipt_id=stood.receipt_id,
        version=stood.version,
        standing=state.standing,
        net_minor=state.net_minor,
    )


def return_of(stood: Stood, event: LinesReturned) -> ReturnAnswer:
    """The answer to a return."""
    return ReturnAnswer(
        **dict(standing_of(stood)),
        return_id=event.return_id,
        lines=[
            LineBack(line=part.line, quantity=quantity_of(part.quantity_milli), amount_minor=part.amount_minor)
            for part in event.lines
        ],
        returned_minor=event.returned_minor,
    )
