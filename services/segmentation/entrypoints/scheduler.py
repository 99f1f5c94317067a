"""What time causes: a sweep with each new day, and the computing of segments whose rule is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.segmentation.read_models.segment_sizes import query as segment_sizes
from shared.runtime.service import Job

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Engine

    from services.segmentation.application.membership_pages import MembershipPages
    from services.segmentation.application.scoring import Scoring
    from shared.kernel.clock import BusinessClock


def daily_sweep(engine: Engine, scoring: Scoring, pages: MembershipPages, clock: BusinessClock) -> Job:
    """Scores everybody as of each business date, looks at everybody's segments, and notes how large they are.

    Run again, it makes the same cuts and changes nothing.
    """

    def run(business_date: date) -> None:
        with engine.begin() as connection:
            scoring.set_cuts(connection, business_date, clock.now())
        scoring.rescore_all(engine)
        pages.sweep(business_date)
        with engine.begin() as connection:
            segment_sizes.note(connection, business_date)

    return Job(name="segmentation.sweep", run=run)


def segment_computing(pages: MembershipPages, *, every_s: float) -> Job:
    """Tries new rules on everybody, a page at a time."""

    def run(business_date: date) -> None:
        pages.compute(business_date)

    return Job(name="segmentation.segments", run=run, every_s=every_s)
