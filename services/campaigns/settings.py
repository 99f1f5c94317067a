"""Settings of `campaigns`: those that every service has, and how often time is looked at."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.campaigns.domain.stacking.tree import StackingTree
from shared.runtime.settings import ServiceSettings


class CampaignsSettings(ServiceSettings):
    """Validated at start; environment variables `REGULARS_CAMPAIGNS_...`."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_CAMPAIGNS_", extra="ignore", frozen=True)

    database_schema: str = "campaigns"
    campaign_sweep_s: float = Field(
        default=2.0,
        gt=0,
        le=3_600,
        description="How often it is looked which campaigns begin or end.",
    )
    checkout_minutes: int = Field(default=15, ge=1, le=1_440, description="When the till names no time.")
    checkout_sweep_s: float = Field(default=5.0, gt=0, le=3_600, description="How often reservations run out.")
    points_per_unit: int = Field(
        default=1,
        ge=1,
        le=1_000,
        description="Base points per whole currency unit: what REGULARS_LOYALTY_POINTS_PER_UNIT says, which a points"
        " offer multiplies.",
    )
    stacking: StackingTree = Field(default=StackingTree(), description="Which offers go together, as JSON.")
