"""The settings that every service has. A service's own class adds its own and sets the prefix."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.kernel.clock import BusinessClock


class ServiceSettings(BaseSettings):
    """Validated at start. No secret has a default."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    database_url: str = Field(description="SQLAlchemy URL of the application role, postgresql+psycopg://...")
    database_schema: str = Field(description="Schema that holds the service's tables.")
    database_pool_size: int = Field(default=5, ge=1, le=100)
    time_zone: str = Field(default="UTC", description="The chain's own zone: when its business day begins.")
    business_time: datetime | None = Field(
        default=None,
        description="Fixed business moment, for demos only: 2017-12-31T23:59:59-05:00.",
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        ZoneInfo(value)
        return value

    def business_clock(self) -> BusinessClock:
        """The clock that schedulers, expiry and policies read."""
        return BusinessClock(self.business_time)
