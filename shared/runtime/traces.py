"""Whether and where a process records traces, from REGULARS_TRACES_...; the how is `shared.observability.tracing`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.observability import tracing
from shared.runtime.settings import Settings, read_settings


class TracesSettings(Settings):
    """Nothing is recorded unless a collector or a file is named."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_TRACES_")

    endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://[^/]+/.+",
        description="Where a collector takes OTLP over HTTP: http://collector:4318/v1/traces.",
    )
    file: Path | None = Field(default=None, description="File to add spans to, one JSON object per line.")
    ratio: float = Field(default=0.01, ge=0, le=1, description="Share of requests that are recorded, 0 to 1.")


def record_traces(process: str) -> None:
    """Records from now on, if the environment asks for it, until `tracing.shut_down`. Raises `WrongSettings`."""
    settings = read_settings(TracesSettings)
    if settings.endpoint or settings.file:
        tracing.set_up(process, endpoint=settings.endpoint, file=settings.file, ratio=settings.ratio)
