"""A receipt as its decisions need it. Written for every receipt, so it is small: names and prices stay in the event."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, assert_never
from uuid import UUID

from services.stores.domain.receipt.events import (
    LinePart,
    LinesReturned,
    ReceiptAttributed,
    ReceiptEvent,
    ReceiptQuarantined,
    ReceiptRecorded,
    ReceiptRetold,
    ReceiptVoided,
)

Standing = Literal["kept", "returned", "voided"]


class Sold(NamedTuple):
    """Quantity and money of one line."""

    quantity_milli: int
    amount_minor: int


NOTHING = Sold(0, 0)


@dataclass(frozen=True, slots=True)
class ReceiptState:
    """What was sold, what came back, and whose it is; no content hash means that there is no receipt."""

    content_hash: str = ""
    customer_id: UUID | None = None
    voided: bool = False
    sold: dict[int, Sold] = field(default_factory=dict)
    returned: dict[int, Sold] = field(default_factory=dict)
    """By line, only lines of which something came back."""
    returns: dict[UUID, str] = field(default_factory=dict)
    """Return id -> content hash."""
    ahead: int = 0
    """By how much the versions that others are told are ahead of the stream's: see `ReceiptRetold`."""
    quarantined: tuple[str, ...] = ()
    """Hashes of the other contents that came under this receipt's name."""

    def left_of(self, line: int) -> Sold:
        """What of a sold line is still out."""
        sold, back = self.sold[line], self.returned.get(line, NOTHING)
        return Sold(sold.quantity_milli - back.quantity_milli, sold.amount_minor - back.amount_minor)

    @property
    def left(self) -> tuple[LinePart, ...]:
        """Every line of which something is still out."""
        left = ((line, self.left_of(line)) for line in self.sold)
        return tuple(LinePart(line, *part) for line, part in left if part != NOTHING)

    @property
    def net_minor(self) -> int:
        """The money that is left of the receipt."""
        if self.voided:
            return 0
        return sum(sold.amount_minor for sold in self.sold.values()) - sum(
            back.amount_minor for back in self.returned.values()
        )

    @property
    def standing(self) -> Standing:
        """`returned` means that goods came back and nothing is left."""
        if self.voided:
            return "voided"
        return "returned" if self.returned and not self.left else "kept"


def initial_state() -> ReceiptState:
    """No receipt yet."""
    return ReceiptState()


def evolve(state: ReceiptState, event: ReceiptEvent) -> ReceiptState:
    """The receipt after `event`."""
    match event:
        case ReceiptRecorded(receipt=receipt, content_hash=content_hash, customer_id=customer_id):
            sold = {line.line: Sold(line.quantity_milli, line.amount_minor) for line in receipt.lines}
            return ReceiptState(content_hash, customer_id, sold=sold)
        case ReceiptQuarantined(content_hash=content_hash):
            return replace(state, quarantined=(*state.quarantined, content_hash))
        case ReceiptAttributed(customer_id=customer_id):
            return replace(state, customer_id=customer_id)
        case LinesReturned(return_id=return_id, lines=lines, content_hash=content_hash):
            return replace(
                state,
                returned=_counted_up(state.returned, lines),
                returns={**state.returns, return_id: content_hash},
            )
        case ReceiptVoided():
            return replace(state, voided=True)
        case ReceiptRetold(ahead=ahead):
            return replace(state, ahead=ahead)
        case _:
            assert_never(event)


def _counted_up(returned: dict[int, Sold], lines: tuple[LinePart, ...]) -> dict[int, Sold]:
    counted = dict(returned)
    for part in lines:
        before = counted.get(part.line, NOTHING)
        counted[part.line] = Sold(
            before.quantity_milli + part.quantity_milli,
            before.amount_minor + part.amount_minor,
        )
    return counted
