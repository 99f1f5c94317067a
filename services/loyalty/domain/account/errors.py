"""What an account refuses. The codes are part of the public contract."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.errors import InvalidInput, NotFound, Rejected


class AccountNotFound(NotFound):
    """No member has this account."""

    code: ClassVar[str] = "account_not_found"


class AccountIsClosed(Rejected):
    """The member was erased."""

    code: ClassVar[str] = "account_closed"


class InsufficientPoints(Rejected):
    """More was asked for than can be spent."""

    code: ClassVar[str] = "insufficient_points"


class RedemptionNotFound(NotFound):
    """No redemption has this id."""

    code: ClassVar[str] = "redemption_not_found"


class RedemptionIdTaken(Rejected):
    """The id stands for another redemption."""

    code: ClassVar[str] = "redemption_id_taken"


class ReservationTime(InvalidInput):
    """The time until which points should be held cannot be."""

    code: ClassVar[str] = "reserved_until_invalid"


class ReservationExpired(Rejected):
    """The points were held for some time, and that is over."""

    code: ClassVar[str] = "reservation_expired"


class RedemptionCancelled(Rejected):
    """The redemption was cancelled; it cannot be confirmed."""

    code: ClassVar[str] = "redemption_cancelled"


class RedemptionConfirmed(Rejected):
    """The redemption was confirmed; it cannot be cancelled."""

    code: ClassVar[str] = "redemption_confirmed"
