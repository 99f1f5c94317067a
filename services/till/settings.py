"""Settings of a till's gateway, from the environment (REGULARS_TILL_...). Where Kafka is: REGULARS_KAFKA_..."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.identity.keys import MEMBER_TOKEN_KEY_FILE
from shared.runtime.settings import Settings


class TillSettings(Settings):
    """One gateway's; several tills of a shop may share them."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_TILL_")

    keys_dir: Path = Field(description="Folder that holds member-token.key, a copy of the chain's.")
    phone_region: str = Field(
        default="CN",
        pattern="^[A-Z]{2}$",
        description="Country (ISO 3166) of phone numbers written without one; the chain's own.",
    )
    spool_dir: Path = Field(
        default_factory=lambda: Path.home() / ".regulars-till",
        description="Folder of the spools, on a disk that survives a power cut.",
    )
    spool_mib_max: int = Field(default=1024, ge=1, le=1_048_576, description="How large a till's spool may grow.")
    answer_s_max: float = Field(default=30.0, ge=0.5, le=600.0, description="How long Kafka may take to answer.")

    @property
    def member_token_key_file(self) -> Path:
        """Where the key of member tokens is."""
        return self.keys_dir / MEMBER_TOKEN_KEY_FILE

    def spool_file(self, store: str, till: str) -> Path:
        """The spool of one till; codes of any characters make names of their own."""
        return self.spool_dir / f"{quote(store, safe='')}+{quote(till, safe='')}.spool"
