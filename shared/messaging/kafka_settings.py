"""Where Kafka is and how to connect, read from REGULARS_KAFKA_... once, for both client libraries."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class KafkaSettings(BaseSettings):
    """Validated at start; no secret has a default."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_KAFKA_", extra="ignore", frozen=True)

    bootstrap_servers: str = Field(min_length=3, description="host:port of some brokers, separated by commas.")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_cafile: Path | None = Field(default=None, description="CA certificates (PEM); default: the system's.")
    replication_factor: int = Field(default=1, ge=1, le=7, description="Copies of each topic that is made: 3 in a chain.")

    @model_validator(mode="after")
    def _complete(self) -> KafkaSettings:
        signs_in = self.security_protocol.startswith("SASL")
        if signs_in and not (self.sasl_mechanism and self.sasl_username and self.sasl_password):
            msg = f"{self.security_protocol} needs sasl_mechanism, sasl_username and sasl_password"
            raise ValueError(msg)
        return self

    def aiokafka_options(self) -> dict[str, Any]:
        """Connection arguments of aiokafka, which is what FastStream hands them to."""
        return self._options(plain_username="sasl_plain_username", plain_password="sasl_plain_password")  # noqa: S106

    def kafka_python_options(self) -> dict[str, Any]:
        """Connection arguments of kafka-python's clients."""
        return self._options(plain_username="sasl_plain_username", plain_password="sasl_plain_password")  # noqa: S106

    def _options(self, *, plain_username: str, plain_password: str) -> dict[str, Any]:
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers.split(","),
            "security_protocol": self.security_protocol,
        }
        if "SSL" in self.security_protocol.removeprefix("SASL_"):
            options["ssl_context"] = ssl.create_default_context(cafile=self.ssl_cafile)
        if self.sasl_password is not None:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                plain_username: self.sasl_username,
                plain_password: self.sasl_password.get_secret_value(),
            }
        return options
