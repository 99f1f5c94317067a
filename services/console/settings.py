"""Settings of the console: those that every service has, and what its lists go by."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import ServiceSettings


class ConsoleSettings(ServiceSettings):
    """Validated at start; environment variables `REGULARS_CONSOLE_...`."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_CONSOLE_", extra="ignore", frozen=True)

    database_schema: str = "console"
    uncontacted_days: int = Field(
        default=30, ge=1, le=365, description="Whom nobody contacted for so long is on the list of the day."
    )
    complaint_hours: int = Field(default=48, ge=1, le=720, description="By when a complaint should be settled.")

    forward: dict[str, str] = Field(
        default_factory=dict,
        description='Where the other services are, as JSON: {"stores": "http://stores:8080", ...}; the page talks to'
        " this process alone. The built-in issuer's sign-in is called `access`.",
    )

    @property
    def complaint_time(self) -> timedelta:
        """How long a complaint may stay open."""
        return timedelta(hours=self.complaint_hours)
