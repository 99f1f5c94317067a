"""Settings of segmentation: those that every service has."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import ServiceSettings


class SegmentationSettings(ServiceSettings):
    """Validated at start; environment variables `REGULARS_SEGMENTATION_...`."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_SEGMENTATION_", extra="ignore", frozen=True)

    database_schema: str = "segmentation"
