"""What an account decides. Earning is settlement by version: a receipt's points are always what it is worth now."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never, get_args

from services.loyalty.domain.account.commands import (
    AccountCommand,
    CancelRedemption,
    CloseAccount,
    ConfirmRedemption,
    ExpirePoints,
    ExpireReservation,
    OpenAccount,
    ReservePoints,
    SettleReceipt,
)
from services.loyalty.domain.account.events import AccountClosed, AccountEvent, AccountOpened, DebtPaid, PointsExpired
from services.loyalty.domain.account.redemption import cancel, confirm, expire_reservation, reserve
from services.loyalty.domain.account.settlement import settle
from services.loyalty.domain.account.state import Account, evolve
from services.loyalty.domain.lots import earliest, total
from shared.kernel.decider import Decider, StreamId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

CATEGORY = "account"


def account_stream(customer_id: UUID) -> StreamId:
    """The stream of a member's account."""
    return StreamId(CATEGORY, str(customer_id))


def decide(command: AccountCommand, account: Account) -> Sequence[AccountEvent]:  # noqa: PLR0911 - one case per command
    """The events that follow from `command`; none if it asks for what already is."""
    match command:
        case SettleReceipt():
            events = settle(command, account)
            return _pay_debt(account, events, command.business_date) if account.debt else events
        case ReservePoints():
            return reserve(command, account)
        case ConfirmRedemption():
            return confirm(command, account)
        case CancelRedemption():
            return _tidy(account, cancel(command, account), command.today)
        case ExpireReservation():
            return _tidy(account, expire_reservation(command, account), command.today)
        case ExpirePoints():
            return _expire(account, [], command.today)
        case OpenAccount():
            return [AccountOpened()] if account.standing == "none" else []
        case CloseAccount():
            return [AccountClosed()] if account.standing != "closed" else []
        case _:
            assert_never(command)


def _tidy(account: Account, events: Sequence[AccountEvent], today: date) -> Sequence[AccountEvent]:
    """What came back into its lots expires if their day has passed, and then pays what is owed."""
    if not events:
        return events
    return _pay_debt(account, _expire(account, events, today), today)


def _expire(account: Account, events: Sequence[AccountEvent], today: date) -> Sequence[AccountEvent]:
    after = ACCOUNT.fold(events, account)
    expired: list[AccountEvent] = []
    available = after.available
    for day in sorted(day for day in after.lots if day < today):
        points = after.lots[day]
        available -= points
        expired.append(PointsExpired(points=points, expires_on=day, business_date=today, available=available))
    return [*events, *expired]


def _pay_debt(account: Account, events: Sequence[AccountEvent], today: date) -> Sequence[AccountEvent]:
    after = ACCOUNT.fold(events, account)
    lots = earliest(after.lots, after.debt)
    if not lots:
        return events
    return [*events, DebtPaid(points=total(lots), lots=lots, business_date=today, available=after.available)]


ACCOUNT: Decider[AccountCommand, AccountEvent, Account] = Decider(
    category=CATEGORY,
    state_type=Account,
    events=get_args(AccountEvent),
    initial_state=Account,
    decide=decide,
    evolve=evolve,
)
