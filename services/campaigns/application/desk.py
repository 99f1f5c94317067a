"""Decides checkouts together with the limits and coupons that they use: under their locks, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.campaigns.domain.budget.decider import budget_stream
from services.campaigns.domain.budget.limits import refusal
from services.campaigns.domain.checkout.consequences import consequences, streams_of
from services.campaigns.domain.checkout.decider import CHECKOUT, checkout_stream
from services.campaigns.domain.coupon.decider import coupon_stream
from shared.commands.handler import Addressed
from shared.kernel.errors import ConcurrencyConflict

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlalchemy import Connection

    from services.campaigns.domain.checkout.commands import CheckoutCommand
    from services.campaigns.domain.checkout.state import Checkout
    from services.campaigns.domain.checkout.values import Redemption
    from shared.commands.handler import CommandHandler, Decision
    from shared.kernel.decider import StreamId
    from shared.kernel.messages import Cause


class Desk:
    """One transaction's work on checkouts: `open` them, `give` commands in order, then `write` everything at once."""

    def __init__(self, handler: CommandHandler, connection: Connection) -> None:
        self._handler = handler
        self._connection = connection
        self._states: dict[StreamId, Any] = {}
        self._units: list[list[Addressed]] = []

    def open(self, checkouts: Collection[UUID], *, quiet: Collection[UUID] = ()) -> None:
        """Locks `checkouts` and what they use, all in one order. Of `quiet` ones only themselves.

        What a checkout uses never changes, so it may be looked up before anything is locked. A quiet checkout that
        turns out to move a limit makes `give` raise `ConcurrencyConflict`: come again, and open it in full.
        """
        store = self._handler.store
        before = store.load(self._connection, map(checkout_stream, checkouts))
        full = [
            stream
            for checkout_id in checkouts
            if checkout_id not in quiet
            for stream in streams_of(before[checkout_stream(checkout_id)].state.redemptions)
        ]
        self.lock([*before, *full])

    def lock(self, streams: Collection[StreamId]) -> None:
        """Locks and reads streams. Call it once: a second time would not keep to the order."""
        loaded = self._handler.store.load(self._connection, streams, lock=True)
        self._states = {stream: entry.state for stream, entry in loaded.items()}

    def state(self, stream: StreamId) -> Any:  # noqa: ANN401 - each category has its own
        """A stream as it stands after all that was given."""
        return self._states[stream]

    def checkout(self, checkout_id: UUID) -> Checkout:
        """A checkout as it stands after all that was given."""
        state: Checkout = self._states[checkout_stream(checkout_id)]
        return state

    def fits(self, checkout_id: UUID) -> frozenset[UUID]:
        """The redemptions of a checkout whose time was over that can be taken again: there is room, the coupon is free.

        None for any other checkout, which needs none. Raises `ConcurrencyConflict` for one that was taken for quiet.
        """
        checkout = self.checkout(checkout_id)
        if checkout.holds:
            return frozenset()
        return frozenset(one.redemption_id for one in checkout.redemptions if self._fits(checkout_id, one))

    def _fits(self, checkout_id: UUID, redemption: Redemption) -> bool:
        for stream in streams_of([redemption]):
            self._must_hold(stream)
        spent = {limit.budget: self._states[budget_stream(limit.budget)].spent for limit in redemption.limits}
        if refusal(redemption.limits, spent, redemption.amount_minor) is not None:
            return False
        coupon = redemption.coupon
        return coupon is None or self._states[coupon_stream(coupon)].taken_by in {None, checkout_id}

    def _must_hold(self, stream: StreamId) -> None:
        if stream not in self._states:
            # Nobody holds its lock: it was thought that this checkout would only be confirmed in time.
            raise ConcurrencyConflict([str(stream)])

    def give(self, checkout_id: UUID, command: CheckoutCommand, cause: Cause) -> None:
        """Decides `command` and what follows from it for limits and coupons. Raises what their deciders refuse."""
        stream = checkout_stream(checkout_id)
        checkout: Checkout = self._states[stream]
        after: dict[StreamId, Any] = {}
        unit = [Addressed(stream, command, cause)]
        for event in CHECKOUT.decide(command, checkout):
            checkout = CHECKOUT.evolve(checkout, event)
            for consequence in consequences(checkout_id, event, checkout):
                self._must_hold(consequence.stream)
                decider = self._handler.store.deciders[consequence.stream.category]
                state = after.get(consequence.stream, self._states[consequence.stream])
                after[consequence.stream] = decider.fold(decider.decide(consequence.command, state), state)
                unit.append(Addressed(consequence.stream, consequence.command, cause))
        self._states |= {**after, stream: checkout}
        self._units.append(unit)

    def write(self) -> list[Decision]:
        """Writes all that was given: one decision for each `give`, in order. Commits nothing."""
        return self._handler.run(self._connection, self._units) if self._units else []
