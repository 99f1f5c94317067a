"""What time does to points: reservations run out, lots reach their last day."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from services.loyalty.domain.account.commands import ExpirePoints, ExpireReservation
from services.loyalty.domain.account.decider import account_stream
from shared.commands.handler import Addressed
from shared.commands.transact import transact
from shared.kernel.ids import derived_id
from shared.kernel.messages import Cause

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection, Engine

    from services.loyalty.application.ports import DueReservations, ExpiringAccounts
    from shared.commands.handler import CommandHandler
    from shared.kernel.clock import BusinessClock

PAGE = 500
FIRST = UUID(int=0)

EXPIRE_RESERVATIONS = "loyalty.expire_reservations"
EXPIRE_POINTS = "loyalty.expire_points"


class Expiry:
    """The two jobs. Both work in pages of one transaction each and may be stopped and started anywhere."""

    def __init__(
        self,
        engine: Engine,
        handler: CommandHandler,
        clock: BusinessClock,
        due_reservations: DueReservations,
        expiring_accounts: ExpiringAccounts,
    ) -> None:
        self._engine = engine
        self._handler = handler
        self._clock = clock
        self._due_reservations = due_reservations
        self._expiring_accounts = expiring_accounts

    def expire_reservations(self, today: date) -> None:
        """Gives back every reservation whose time is over by the business clock."""
        released = PAGE
        while released == PAGE:
            released = transact(self._engine, partial(self._release, today))

    def expire_points(self, today: date) -> None:
        """Removes every lot whose last day is before `today`."""
        after: UUID | None = FIRST
        while after is not None:
            after = transact(self._engine, partial(self._expire, today, after))

    def _release(self, today: date, connection: Connection, lock: bool) -> int:
        """One page; how many were given back."""
        now = self._clock.now()
        due = self._due_reservations(connection, now, PAGE)
        units = []
        for customer_id, redemption_id in due:
            id_ = derived_id(EXPIRE_RESERVATIONS, redemption_id)
            command = ExpireReservation(redemption_id, now=now, today=today)
            units.append([Addressed(account_stream(customer_id), command, Cause(id_, id_, now, EXPIRE_RESERVATIONS))])
        return self._run(connection, units, lock=lock)

    def _expire(
        self,
        today: date,
        after: UUID,
        connection: Connection,
        lock: bool,
    ) -> UUID | None:
        """One page; the last account of it if there may be more."""
        now = self._clock.now()
        expiring = self._expiring_accounts(connection, today, after, PAGE)
        units = []
        for customer_id, version in expiring:
            # With the version: an old receipt that is settled between two runs of one day is another reason.
            id_ = derived_id(EXPIRE_POINTS, today, version)
            cause = Cause(id_, id_, now, EXPIRE_POINTS)
            units.append([Addressed(account_stream(customer_id), ExpirePoints(today), cause)])
        self._run(connection, units, lock=lock)
        return expiring[-1][0] if len(expiring) == PAGE else None

    def _run(self, connection: Connection, units: list[list[Addressed]], *, lock: bool) -> int:
        """How many accounts changed."""
        decisions = self._handler.run(connection, units, lock=lock) if units else []
        return sum(1 for decision in decisions if decision.unwrap().events)
