"""Double entry: what each event books. The entries of one event sum to zero, and so does the whole programme.

A member's own accounts are `member` (by lot), `reserved` (by lot) and `debt` (negative: owed by the member).
Against them stand the programme's: `issued`, `redeemed`, `expired` and `forgiven`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, assert_never

from services.loyalty.domain.account.events import (
    AccountClosed,
    AccountEvent,
    AccountOpened,
    DebtPaid,
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    PointsReleased,
    PointsReserved,
    PointsTakenBack,
    ReceiptSettled,
)

if TYPE_CHECKING:
    from datetime import date

    from services.loyalty.domain.lots import Lots

LedgerAccount = Literal["member", "reserved", "debt", "issued", "redeemed", "expired", "forgiven"]


class Posting(NamedTuple):
    """One side of a booking: points into (+) or out of (-) a ledger account."""

    account: LedgerAccount
    points: int
    lot: date | None = None


def postings(event: AccountEvent) -> list[Posting]:  # noqa: PLR0911 - one case per event
    """The entries of `event`; none if it moves no points."""
    match event:
        case PointsEarned():
            return [Posting("issued", -event.points), Posting("member", event.points, event.expires_on)]
        case PointsTakenBack():
            return [
                Posting("issued", event.points),
                *_by_lot("member", event.lots, -1),
                *_unless_zero("debt", -event.owed),
                *_unless_zero("forgiven", -event.forgiven),
            ]
        case DebtPaid():
            return [*_by_lot("member", event.lots, -1), Posting("debt", event.points)]
        case PointsReserved():
            return [*_by_lot("member", event.lots, -1), *_by_lot("reserved", event.lots, +1)]
        case PointsRedeemed():
            return [*_by_lot("reserved", event.lots, -1), Posting("redeemed", event.points)]
        case PointsReleased():
            return [*_by_lot("reserved", event.lots, -1), *_by_lot("member", event.lots, +1)]
        case PointsExpired():
            return [Posting("member", -event.points, event.expires_on), Posting("expired", event.points)]
        case AccountOpened() | AccountClosed() | ReceiptSettled():
            return []
        case _:
            assert_never(event)


def _by_lot(account: LedgerAccount, lots: Lots, sign: int) -> list[Posting]:
    return [Posting(account, sign * points, day) for day, points in lots.items()]


def _unless_zero(account: LedgerAccount, points: int) -> list[Posting]:
    return [Posting(account, points)] if points else []
