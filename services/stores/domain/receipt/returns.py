"""How much of a line comes back, in pieces and in money, when it comes back in any number of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.stores.domain.receipt.errors import LineNotSold, MoreThanSold, NothingLeft, ReturnUnclear
from services.stores.domain.receipt.events import LinePart
from services.stores.domain.receipt.state import NOTHING, Sold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.stores.domain.receipt.commands import LineReturn
    from services.stores.domain.receipt.state import ReceiptState


def parts_coming_back(asked: Sequence[LineReturn], state: ReceiptState) -> tuple[LinePart, ...]:
    """What comes back of each line: never more than is left of it, in quantity and in money.

    Raises `LineNotSold`, `NothingLeft`, `MoreThanSold` or `ReturnUnclear`.
    """
    named: set[int] = set()
    for item in asked:
        if item.line in named:
            raise ReturnUnclear.twice(item.line)
        named.add(item.line)
    return tuple(_part(item, state) for item in asked)


def _part(asked: LineReturn, state: ReceiptState) -> LinePart:
    if asked.line not in state.sold:
        raise LineNotSold(asked.line, len(state.sold))
    left = state.left_of(asked.line)
    if left == NOTHING:
        raise NothingLeft(asked.line)
    quantity = _quantity(asked, left)
    return LinePart(asked.line, quantity, _amount(asked, state, left, quantity))


def _quantity(asked: LineReturn, left: Sold) -> int:
    quantity = left.quantity_milli if asked.quantity_milli is None else asked.quantity_milli
    if quantity > left.quantity_milli:
        raise MoreThanSold.of_quantity(asked.line, quantity, left.quantity_milli)
    if quantity == 0 and left.quantity_milli > 0:
        raise ReturnUnclear.no_quantity(asked.line)
    return quantity


def _amount(asked: LineReturn, state: ReceiptState, left: Sold, quantity: int) -> int:
    sold = state.sold[asked.line]
    if sold.quantity_milli == 0:
        if asked.amount_minor not in {None, left.amount_minor}:
            raise ReturnUnclear.undivided(asked.line, left.amount_minor)
        return left.amount_minor
    if asked.amount_minor is None:
        # The share of all that is back by now, floored, less what was paid back before: the last step takes
        # the exact rest. Never below zero, for an earlier step may have named a higher amount.
        back = sold.quantity_milli - left.quantity_milli + quantity
        share = sold.amount_minor * back // sold.quantity_milli
        return max(0, share - (sold.amount_minor - left.amount_minor))
    if asked.amount_minor > left.amount_minor:
        raise MoreThanSold.of_amount(asked.line, asked.amount_minor, left.amount_minor)
    return asked.amount_minor
