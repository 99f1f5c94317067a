"""The settings of `customers`: where its keys are, and how phone numbers are read."""

from __future__ import annotations

from pathlib import Path

import phonenumbers
from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from shared.identity.keys import MEMBER_TOKEN_KEY_FILE
from shared.runtime.settings import ServiceSettings


class CustomersSettings(ServiceSettings):
    """Validated at start. Key files are made on the first start and must be backed up apart from the database."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_CUSTOMERS_", extra="ignore", frozen=True)

    database_schema: str = "customers"
    keys_dir: Path = Field(description="Folder of the key files.")
    member_token_keys_dir: Path | None = Field(
        default=None,
        description="Folder of the key of member tokens, the only one that stores has too; empty: with the others.",
    )
    phone_region: str = Field(
        default="CN",
        description="Country (ISO 3166) of phone numbers written without one; the same as in stores.",
    )

    @field_validator("phone_region")
    @classmethod
    def _known_region(cls, value: str) -> str:
        if value not in phonenumbers.SUPPORTED_REGIONS:
            message = f"{value!r} is not a country; use an ISO 3166 code such as CN or US"
            raise ValueError(message)
        return value

    @property
    def key_files(self) -> dict[str, Path]:
        """Where each key is. `vault` wraps data keys, `blind-index` finds people, `member-token` names them."""
        return {
            "vault": self.keys_dir / "vault.key",
            "blind-index": self.keys_dir / "blind-index.key",
            "member-token": (self.member_token_keys_dir or self.keys_dir) / MEMBER_TOKEN_KEY_FILE,
        }
