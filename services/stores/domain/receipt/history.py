"""A receipt after each of its events: what was sold, and how it stood then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from services.stores.domain.receipt.events import ReceiptRecorded
from services.stores.domain.receipt.state import evolve, initial_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from services.stores.domain.receipt.content import Receipt
    from services.stores.domain.receipt.events import ReceiptEvent
    from services.stores.domain.receipt.state import ReceiptState
    from shared.kernel.messages import DomainEvent


@dataclass(frozen=True, slots=True)
class Moment:
    """The receipt just after `event`."""

    event: ReceiptEvent
    receipt: Receipt
    state: ReceiptState


def replay(stored: Iterable[DomainEvent]) -> Iterator[Moment]:
    """One moment per event of a receipt's whole stream; the n-th is the receipt at version n."""
    receipt: Receipt | None = None
    state = initial_state()
    for event in cast("Iterable[ReceiptEvent]", stored):
        if isinstance(event, ReceiptRecorded):
            receipt = event.receipt
        if receipt is None:
            raise AssertionError(f"a receipt's stream begins with {ReceiptRecorded.type}, not with {event.type}")
        state = evolve(state, event)
        yield Moment(event, receipt, state)
