"""What time causes in `loyalty`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.application.expiry import EXPIRE_POINTS, EXPIRE_RESERVATIONS
from shared.runtime.service import Job

if TYPE_CHECKING:
    from services.loyalty.application.expiry import Expiry


def jobs(expiry: Expiry, *, sweep_s: float) -> tuple[Job, ...]:
    """Reservations are looked at every `sweep_s` seconds, lots once per business date."""
    return (
        Job(EXPIRE_RESERVATIONS, expiry.expire_reservations, every_s=sweep_s),
        Job(EXPIRE_POINTS, expiry.expire_points),
    )
