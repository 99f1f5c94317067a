"""Settings of notifications: where the vault and the providers are, and the chain's rules of contact."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from services.notifications.application.festivals import check_country
from services.notifications.domain.contact.state import WINDOW_MAX
from services.notifications.domain.values import Channel
from shared.runtime.settings import ServiceSettings


class WebhookSettings(BaseModel):
    """A gateway for one channel."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str = Field(pattern="^https?://")
    secret: SecretStr = Field(min_length=16)


class NotificationsSettings(ServiceSettings):
    """Validated at start; environment variables `REGULARS_NOTIFICATIONS_...`."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_NOTIFICATIONS_", extra="ignore", frozen=True)

    database_schema: str = "notifications"
    keys_dir: Path = Field(description="Folder of unsubscribe.key, by which links in messages are signed.")
    public_url: str = Field(
        default="http://127.0.0.1:8080",
        pattern="^https?://[!-;=?-~]{1,300}$",
        description="How members reach this service, in ASCII: the beginning of every link in a message.",
    )

    vault_url: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Where customers is served; without it messages wait.",
    )
    vault_token: SecretStr | None = Field(default=None, description="A token of the role service.")

    smtp_host: str | None = Field(default=None, description="The mail server; without it no e-mail is sent.")
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_tls: Literal["none", "starttls", "tls"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_connections: int = Field(default=4, ge=1, le=50, description="At once, of each sender.")
    smtp_timeout_s: float = Field(default=30, gt=0, le=300)
    mail_from: str | None = Field(default=None, description="Written like: Regulars <shop@example.com>.")
    webhooks: dict[Channel, WebhookSettings] = Field(default={}, description='{"sms": {"url": ..., "secret": ...}}')
    webhook_plain_http: bool = Field(default=False, description="Http and private addresses, for tests only.")
    apprise: dict[Channel, SecretStr] = Field(
        default={},
        description='{"sms": "scheme://.../{address}"}: URLs of Apprise by channel.',
    )

    frequency_cap: Annotated[int | None, NoDecode] = Field(
        default=3,
        ge=0,
        le=1000,
        description="Marketing messages per member in any window; 0: none ever; none: no cap.",
    )
    frequency_days: int = Field(default=7, ge=1, le=WINDOW_MAX.days)
    quiet_hours_file: Path | None = Field(
        default=None,
        description="JSON list of rules; without it quiet hours are from 20:00 to 08:00 for everybody.",
    )
    holiday_country: str = Field(default="CN", description="Whose holidays: ISO 3166, such as CN or US-OH.")
    holiday_regions: dict[str, str] = Field(default={}, description="Regions of ours that keep other holidays.")
    ask_again_minutes: int = Field(
        default=60,
        ge=1,
        le=1440,
        description="How soon it is looked again whether a campaign goes on, or a complaint is closed.",
    )

    greeting_channels: tuple[Channel, ...] = Field(default=("email", "sms"), min_length=1)
    birthdays: bool = False
    festivals: frozenset[str] = Field(
        default=frozenset(),
        description='English names of holidays to greet for, such as ["Mid-Autumn Festival"].',
    )
    follow_up_days: int | None = Field(
        default=None, ge=1, le=365, description="How long after a purchase; none: never."
    )

    senders: int = Field(default=2, ge=1, le=32, description="How many send at once; members are divided among them.")
    send_every_s: float = Field(default=2, gt=0, le=3600)
    send_batch: int = Field(default=200, ge=1, le=500)

    @field_validator("frequency_cap", mode="before")
    @classmethod
    def _none_is_no_cap(cls, value: object) -> object:
        return None if isinstance(value, str) and value.strip().lower() == "none" else value

    @field_validator("holiday_country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        return check_country(value)

    @field_validator("holiday_regions")
    @classmethod
    def _known_countries(cls, value: dict[str, str]) -> dict[str, str]:
        return {region: check_country(country) for region, country in value.items()}

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if (self.vault_url is None) != (self.vault_token is None):
            msg = "vault_url and vault_token belong together; set both or neither"
            raise ValueError(msg)
        if self.smtp_host is not None and "@" not in parseaddr(self.mail_from or "")[1]:
            msg = "mail_from is needed with smtp_host; write it like: Regulars <shop@example.com>"
            raise ValueError(msg)
        if not self.webhook_plain_http and any(hook.url.startswith("http:") for hook in self.webhooks.values()):
            msg = "a webhook must be https; set webhook_plain_http only for tests"
            raise ValueError(msg)
        return self

    @property
    def window(self) -> timedelta:
        """How long a message counts toward the cap."""
        return timedelta(days=self.frequency_days)

    @property
    def ask_again(self) -> timedelta:
        """How soon what somebody else decides is looked at again."""
        return timedelta(minutes=self.ask_again_minutes)
