"""Redemptions as a till asks for them: reserve, then confirm or cancel. Every call may be repeated."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.loyalty.domain.account.commands import CancelRedemption, ConfirmRedemption, ReservePoints
from services.loyalty.domain.account.decider import account_stream
from services.loyalty.domain.account.errors import RedemptionNotFound, ReservationTime
from shared.commands.handler import Addressed
from shared.database.batch import run

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from services.loyalty.application.ports import FindRedemption
    from services.loyalty.domain.account.commands import AccountCommand
    from services.loyalty.domain.values import Redemption
    from shared.commands.handler import CommandHandler
    from shared.kernel.messages import Cause


class Redemptions:
    """Gives redemption commands to accounts. Locks before it looks, so that losers hear why, never "conflict"."""

    def __init__(
        self,
        handler: CommandHandler,
        find_redemption: FindRedemption,
        *,
        held_for: timedelta,
        held_for_max: timedelta,
    ) -> None:
        self._handler = handler
        self._find = find_redemption
        self._held_for = held_for
        self._held_for_max = held_for_max

    def reserve(
        self,
        connection: Connection,
        cause: Cause,
        today: date,
        *,
        redemption_id: UUID,
        customer_id: UUID,
        points: int,
        reserved_until: datetime | None,
    ) -> None:
        """Holds `points` of the member until `reserved_until`, or for the usual time.

        Raises what `domain.account.redemption.reserve` raises, and `ReservationTime` beyond the longest time.
        """
        now = cause.occurred_at
        until = reserved_until or now + self._held_for
        if until > now + self._held_for_max:
            latest = now + self._held_for_max
            raise ReservationTime(
                f"reserved_until {until.isoformat()} is too far away; choose {latest.isoformat()} or earlier",
                field="reserved_until",
            )
        # The same new id could be asked for twice in one moment, also for two accounts: the second waits for the
        # first and finds what it left. Only a reservation makes an id known, so its account need not be locked yet.
        run(
            connection,
            "select pg_advisory_xact_lock(hashtextextended('redemption ' || %(id)s, 0))",
            {"id": str(redemption_id)},
        )
        command = ReservePoints(
            redemption_id=redemption_id,
            customer_id=customer_id,
            points=points,
            reserved_until=until,
            now=now,
            today=today,
            known=self._find(connection, redemption_id),
        )
        self._give(connection, customer_id, command, cause)

    def confirm(self, connection: Connection, cause: Cause, today: date, redemption_id: UUID) -> None:
        """Burns what is held. Raises `RedemptionNotFound`, `ReservationExpired`, `RedemptionCancelled`."""
        known = self._locked(connection, redemption_id)
        command = ConfirmRedemption(redemption_id, now=cause.occurred_at, today=today, known=known)
        self._give(connection, known.customer_id, command, cause)

    def cancel(self, connection: Connection, cause: Cause, today: date, redemption_id: UUID) -> None:
        """Gives back what is held. Raises `RedemptionNotFound`, `RedemptionConfirmed`."""
        known = self._locked(connection, redemption_id)
        command = CancelRedemption(redemption_id, today=today, known=known)
        self._give(connection, known.customer_id, command, cause)

    def _locked(self, connection: Connection, redemption_id: UUID) -> Redemption:
        found = self._find(connection, redemption_id)
        if found is not None:
            self._handler.store.load(connection, [account_stream(found.customer_id)], lock=True)
            # It may have ended while we waited for the lock.
            found = self._find(connection, redemption_id)
        if found is None:
            raise RedemptionNotFound(
                f"no redemption {redemption_id}; reserve points first",
                redemption_id=str(redemption_id),
            )
        return found

    def _give(self, connection: Connection, customer_id: UUID, command: AccountCommand, cause: Cause) -> None:
        addressed = Addressed(account_stream(customer_id), command, cause)
        self._handler.run(connection, [[addressed]], lock=True)[0].unwrap()
