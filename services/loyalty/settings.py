"""The settings of `loyalty`: the programme's rules, and how often time is looked at."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.loyalty.domain.values import Programme
from shared.runtime.settings import ServiceSettings


class LoyaltySettings(ServiceSettings):
    """Validated at start."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_LOYALTY_", extra="ignore", frozen=True)

    database_schema: str = "loyalty"
    points_per_unit: int = Field(default=1, ge=1, le=1_000, description="Points per whole currency unit.")
    points_expire_after_months: int = Field(default=24, ge=1, le=120, description="To the end of that month.")
    debt_allowed: bool = Field(default=True, description="Whether points that were spent can be taken back as debt.")
    debt_points_max: int | None = Field(default=None, ge=0, description="The largest debt; empty: no limit.")
    reservation_minutes: int = Field(default=15, ge=1, le=10_080, description="When the caller names no time.")
    reservation_days_max: int = Field(default=7, ge=1, le=90, description="The longest time to hold points.")
    reservation_sweep_s: float = Field(default=5.0, gt=0, le=3_600, description="How often reservations run out.")

    def programme(self) -> Programme:
        """The rules as the domain reads them."""
        return Programme(
            points_per_unit=self.points_per_unit,
            expire_after_months=self.points_expire_after_months,
            debt_points_max=self.debt_points_max if self.debt_allowed else 0,
        )
