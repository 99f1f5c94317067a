"""What time causes in `campaigns`, beside what it causes at tills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.application.starting import SWEEP
from shared.runtime.service import Job

if TYPE_CHECKING:
    from services.campaigns.application.starting import Starting


def campaign_jobs(starting: Starting, *, sweep_s: float) -> tuple[Job, ...]:
    """Campaigns begin, are assigned and end at moments: looked at every `sweep_s` seconds."""
    return (Job(SWEEP, starting.sweep, every_s=sweep_s),)
