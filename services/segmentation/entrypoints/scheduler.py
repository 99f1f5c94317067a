"""What a new day causes: a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.runtime.service import Job

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Engine

    from services.segmentation.application.scoring import Scoring
    from shared.kernel.clock import BusinessClock


def daily_sweep(engine: Engine, scoring: Scoring, clock: BusinessClock) -> Job:
    """Scores everybody as of each business date. Run again, it makes the same cuts and changes nothing."""

    def run(business_date: date) -> None:
        with engine.begin() as connection:
            scoring.set_cuts(connection, business_date, clock.now())
        scoring.rescore_all(engine)

    return Job(name="segmentation.sweep", run=run)
