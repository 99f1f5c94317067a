"""Settings of segmentation: those that every service has, and the thresholds of the named segments."""

from __future__ import annotations

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from services.segmentation.domain.classes import HighFrom
from services.segmentation.domain.lifecycle import LifecycleDays
from services.segmentation.domain.member import Yardsticks
from shared.runtime.settings import ServiceSettings

_STAGES = LifecycleDays()
_HIGH = HighFrom()


class SegmentationSettings(ServiceSettings):
    """Validated at start; environment variables `REGULARS_SEGMENTATION_...`."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_SEGMENTATION_", extra="ignore", frozen=True)

    database_schema: str = "segmentation"
    new_days: int = Field(default=_STAGES.new, ge=1, description="One receipt, so many days ago at most: new.")
    back_days: int = Field(default=_STAGES.back, ge=1, description="So long somebody who was lost is called back.")
    cooling_days: int = Field(default=_STAGES.cooling, ge=2, description="Without a purchase for so long: cooling.")
    at_risk_days: int = Field(default=_STAGES.at_risk, ge=3, description="Without a purchase for so long: at risk.")
    lost_days: int = Field(default=_STAGES.lost, ge=4, le=3_650, description="Without a purchase for so long: lost.")
    recency_high_from: int = Field(default=_HIGH.recency, ge=2, le=5, description="The lowest high recency score.")
    frequency_high_from: int = Field(
        default=_HIGH.frequency, ge=2, le=5, description="The lowest high frequency score."
    )
    money_high_from: int = Field(default=_HIGH.money, ge=2, le=5, description="The lowest high money score.")
    segments_check_s: float = Field(default=1.0, gt=0, le=3_600, description="How often new rules are looked for.")

    @model_validator(mode="after")
    def _thresholds_follow_each_other(self) -> SegmentationSettings:
        self.yardsticks()
        return self

    def yardsticks(self) -> Yardsticks:
        """What members are measured by."""
        return Yardsticks(
            LifecycleDays(
                new=self.new_days,
                back=self.back_days,
                cooling=self.cooling_days,
                at_risk=self.at_risk_days,
                lost=self.lost_days,
            ),
            HighFrom(self.recency_high_from, self.frequency_high_from, self.money_high_from),
            self.time_zone,
        )
