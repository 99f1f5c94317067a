"""Laws of returns: however a receipt comes back, all of it is all of it, and never more."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.stores.domain.receipt.commands import LineReturn, ReturnLines, VoidReceipt
from services.stores.domain.receipt.content import Receipt, SoldLine
from services.stores.domain.receipt.decider import DECIDER
from services.stores.domain.receipt.events import ReceiptRecorded
from services.stores.domain.receipt.state import NOTHING, ReceiptState, Sold
from shared.kernel.errors import Rejected

if TYPE_CHECKING:
    from services.stores.domain.receipt.commands import ReceiptCommand

AT = datetime(2026, 3, 1, tzinfo=UTC)
sold_lines = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 100_000)).map(lambda pair: Sold(*pair)),
    min_size=1,
    max_size=5,
)


def _receipt(lines: list[Sold]) -> ReceiptState:
    receipt = Receipt(
        store_id="S",
        till_id="1",
        number="1",
        business_date=date(2026, 3, 1),
        occurred_at=AT,
        currency="CNY",
        total_minor=sum(line.amount_minor for line in lines),
        lines=tuple(SoldLine(n, "p", None, *line, 0) for n, line in enumerate(lines, 1)),
    )
    return DECIDER.fold([ReceiptRecorded(receipt=receipt, content_hash="h")])


def _after(state: ReceiptState, command: ReceiptCommand) -> ReceiptState:
    return DECIDER.fold(DECIDER.decide(command, state), state)


def _return(step: int, *lines: LineReturn) -> ReturnLines:
    return ReturnLines(UUID(int=step), AT, lines, str(step))


def _never_more_than_sold(state: ReceiptState) -> None:
    for line, sold in state.sold.items():
        back = state.returned.get(line, NOTHING)
        assert 0 <= back.quantity_milli <= sold.quantity_milli
        assert 0 <= back.amount_minor <= sold.amount_minor


@given(sold_lines, st.data())
def test_any_split_of_all_pieces_pays_back_exactly_what_was_paid(lines: list[Sold], data: st.DataObject) -> None:
    state, step = _receipt(lines), 0
    while state.left:
        step += 1
        line = data.draw(st.sampled_from(state.left))
        most = line.quantity_milli
        quantity = data.draw(st.integers(1, most)) if most else None
        state = _after(state, _return(step, LineReturn(line.line, quantity)))
        _never_more_than_sold(state)
    assert state.net_minor == 0
    assert state.standing == ("returned" if step else "kept")


@given(
    sold_lines,
    st.lists(
        st.tuples(st.integers(1, 6), st.none() | st.integers(0, 15), st.none() | st.integers(0, 60_000)), max_size=12
    ),
)
def test_no_series_of_returns_takes_more_than_was_sold(
    lines: list[Sold],
    asked: list[tuple[int, int | None, int | None]],
) -> None:
    state, paid = _receipt(lines), 0
    total = state.net_minor
    for step, ask in enumerate(asked):
        try:
            events = DECIDER.decide(_return(step, LineReturn(*ask)), state)
        except Rejected:
            continue
        state = DECIDER.fold(events, state)
        paid += total - paid - state.net_minor
        _never_more_than_sold(state)
        assert paid == total - state.net_minor


@given(sold_lines, st.data())
def test_the_share_of_a_part_never_depends_on_the_steps_before(lines: list[Sold], data: st.DataObject) -> None:
    """Returned together or one after the other, the same pieces pay back the same money."""
    state = _receipt(lines)
    ((line, sold),) = data.draw(st.sampled_from(list(state.sold.items())).map(lambda item: [item]))
    if sold.quantity_milli < 2:
        return
    whole = data.draw(st.integers(2, sold.quantity_milli))
    first = data.draw(st.integers(1, whole - 1))
    together = _after(state, _return(1, LineReturn(line, whole)))
    apart = _after(_after(state, _return(1, LineReturn(line, first))), _return(2, LineReturn(line, whole - first)))
    assert together.net_minor == apart.net_minor


@given(sold_lines, st.data())
def test_a_void_undoes_exactly_what_is_left(lines: list[Sold], data: st.DataObject) -> None:
    state = _receipt(lines)
    if state.left and data.draw(st.booleans()):
        state = _after(state, _return(1, LineReturn(data.draw(st.sampled_from(state.left)).line)))
    (voided,) = DECIDER.decide(VoidReceipt(AT), state)
    assert sum(part.amount_minor for part in voided.lines) == state.net_minor  # type: ignore[union-attr] # a void
    assert DECIDER.fold([voided], state).net_minor == 0
