"""Settings: from the environment, or each from a file of its own, as containers get their secrets."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SecretsSettingsSource, SettingsConfigDict

from shared.kernel.clock import BusinessClock
from shared.runtime.moving_clock import MovingClock, read_moment

if TYPE_CHECKING:
    from pydantic_settings import PydanticBaseSettingsSource

SECRETS_DIR = "REGULARS_SECRETS_DIR"
"""Environment variable: the folder of the files; without it `DEFAULT_SECRETS_DIR`, where containers have them."""
DEFAULT_SECRETS_DIR = "/run/secrets"


class WrongSettings(ValueError):
    """A setting is missing or cannot be. The message names the variable and the way out, never a value."""


class Settings(BaseSettings):
    """Validated at start; use `read_settings`. No secret has a default.

    A variable that is not set is looked for in the secrets folder, in a file of the variable's name in small letters:
    `REGULARS_LOYALTY_DATABASE_URL` in `/run/secrets/regulars_loyalty_database_url`.
    """

    # An error message would quote the other settings, and with them their passwords. Set and empty is not set.
    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's own signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then files."""
        folder = Path(os.environ.get(SECRETS_DIR, DEFAULT_SECRETS_DIR))
        if isinstance(file_secret_settings, SecretsSettingsSource) and folder.is_dir():
            file_secret_settings.secrets_dir = folder
        return init_settings, env_settings, file_secret_settings


S = TypeVar("S", bound=BaseSettings)


def read_settings(kind: type[S], prefix: str | None = None) -> S:
    """The settings of this process. Raises `WrongSettings`, which says of each wrong one what it is for."""
    prefix = kind.model_config.get("env_prefix", "") if prefix is None else prefix
    try:
        return kind(_env_prefix=prefix)
    except ValidationError as error:
        lines = []
        for item in error.errors(include_input=False, include_url=False):
            name = str(item["loc"][0]) if item["loc"] else ""
            field = kind.model_fields.get(name)
            meaning = f" ({field.description})" if field and field.description else ""
            variable = (prefix + name).upper()
            if item["type"] == "missing":
                lines.append(f"{variable} is not set{meaning}; set it, or put it into a file: {secret_file(variable)}")
            else:
                lines.append(f"{variable}: {item['msg']}{meaning}")
        raise WrongSettings("\n".join(lines)) from None


def is_set(variable: str) -> bool:
    """Whether `variable` has a value, in the environment or in its file."""
    return bool(os.environ.get(variable)) or secret_file(variable).exists()


def secret_file(variable: str) -> Path:
    """Where the value of `variable` may lie instead of in the environment."""
    return Path(os.environ.get(SECRETS_DIR, DEFAULT_SECRETS_DIR)) / variable.lower()


class ServiceSettings(Settings):
    """The settings that every service has. A service's own class adds its own and sets the prefix."""

    database_url: str = Field(description="SQLAlchemy URL of the application role, postgresql+psycopg://...")
    database_schema: str = Field(description="Schema that holds the service's tables.")
    database_pool_size: int = Field(default=5, ge=1, le=100)
    time_zone: str = Field(default="UTC", description="The chain's own zone: when its business day begins.")
    business_time: datetime | None = Field(
        default=None,
        description="Fixed business moment, for demos only: 2017-12-31T23:59:59-05:00.",
    )
    business_time_file: Path | None = Field(
        default=None,
        description="File that holds the business moment, for demos only, whose clock is moved by replacing it.",
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        ZoneInfo(value)
        return value

    @field_validator("business_time_file")
    @classmethod
    def _holds_a_moment(cls, value: Path | None) -> Path | None:
        if value is not None:
            read_moment(value)
        return value

    @model_validator(mode="after")
    def _one_clock(self) -> Self:
        if self.business_time is not None and self.business_time_file is not None:
            msg = "business_time and business_time_file are both set; there is one clock, unset one of them"
            raise ValueError(msg)
        return self

    @property
    def own_time(self) -> bool:
        """Whether business time is not the machine's: what a demo may have and production may not."""
        return self.business_time is not None or self.business_time_file is not None

    def business_clock(self) -> BusinessClock:
        """The clock that schedulers, expiry and policies read."""
        if self.business_time_file is not None:
            return MovingClock(self.business_time_file)
        return BusinessClock(self.business_time)
