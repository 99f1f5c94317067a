"""What time does to checkouts: a reservation that nobody confirmed gives back what it holds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from services.campaigns.application.desk import Desk
from services.campaigns.domain.checkout.commands import ExpireCheckout
from shared.commands.transact import transact
from shared.kernel.ids import derived_id
from shared.kernel.messages import Cause

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection, Engine

    from services.campaigns.application.till_ports import CheckoutReads
    from shared.commands.handler import CommandHandler
    from shared.kernel.clock import BusinessClock

PAGE = 100
EXPIRE_CHECKOUTS = "campaigns.expire_checkouts"


class CheckoutExpiry:
    """The job. Works in pages of one transaction each and may be stopped and started anywhere."""

    def __init__(self, engine: Engine, handler: CommandHandler, clock: BusinessClock, reads: CheckoutReads) -> None:
        self._engine = engine
        self._handler = handler
        self._clock = clock
        self._reads = reads

    def expire(self, _today: date) -> None:
        """Ends every reservation whose time is over by the business clock."""
        ended = PAGE
        while ended == PAGE:
            ended = transact(self._engine, partial(self._page))

    def _page(self, connection: Connection, _lock: bool) -> int:
        """One page; how many were ended. Somebody may have confirmed one meanwhile: then it decides nothing."""
        now = self._clock.now()
        due = self._reads.due(connection, now, PAGE)
        desk = Desk(self._handler, connection)
        desk.open(due)
        for checkout_id in due:
            id_ = derived_id(EXPIRE_CHECKOUTS, checkout_id)
            desk.give(checkout_id, ExpireCheckout(checkout_id, now), Cause(id_, id_, now, EXPIRE_CHECKOUTS))
        return sum(1 for decision in desk.write() if decision.unwrap().events)
