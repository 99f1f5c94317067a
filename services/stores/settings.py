"""Settings of `stores`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.identity.keys import MEMBER_TOKEN_KEY_FILE
from shared.runtime.settings import ServiceSettings


class StoresSettings(ServiceSettings):
    """Validated at start, from the environment (REGULARS_STORES_...)."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_STORES_", extra="ignore", frozen=True)

    database_schema: str = "stores"
    keys_dir: Path = Field(description="Folder of the key files; the key of member tokens is shared with customers.")
    phone_region: str = Field(
        default="CN",
        pattern="^[A-Z]{2}$",
        description="Country (ISO 3166) of phone numbers written without one; the same as in customers.",
    )
    waits_days: int = Field(
        default=90,
        ge=1,
        le=366,
        description="How many days after it came in a receipt still waits for its member to be known.",
    )

    @property
    def member_token_key_file(self) -> Path:
        """Where the key of member tokens is."""
        return self.keys_dir / MEMBER_TOKEN_KEY_FILE
