"""Where Kafka is and how to connect, read from REGULARS_KAFKA_... once, for both client libraries."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import Settings


class KafkaSettings(Settings):
    """Validated at start; no secret has a default."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_KAFKA_", extra="ignore", frozen=True)

    bootstrap_servers: str = Field(min_length=3, description="host:port of some brokers, separated by commas.")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_cafile: Path | None = Field(default=None, description="CA certificates (PEM); default: the system's.")
    topic_prefix: str = Field(
        default="",
        pattern=r"^[a-z0-9._-]{0,60}$",
        description="Put before every topic and group, so that several chains or environments share a cluster.",
    )
    session_timeout_ms: int = Field(
        default=30_000,
        ge=6_000,
        le=300_000,
        description="How long a consumer may be silent before others take its partitions: also how long a restart has.",
    )
    replication_factor: int = Field(
        default=1, ge=1, le=7, description="Copies of each topic that is made; 3 in a chain."
    )

    @model_validator(mode="after")
    def _complete(self) -> KafkaSettings:
        signs_in = self.security_protocol.startswith("SASL")
        if signs_in and not (self.sasl_mechanism and self.sasl_username and self.sasl_password):
            msg = f"{self.security_protocol} needs sasl_mechanism, sasl_username and sasl_password"
            raise ValueError(msg)
        return self

    def broker_options(self) -> dict[str, Any]:
        """Connection arguments of FastStream's `KafkaBroker`."""
        from faststream import security as faststream  # noqa: PLC0415 - not loaded where there is no Kafka

        tls: dict[str, Any] = {"use_ssl": self._uses_tls}
        if self._uses_tls:
            tls["ssl_context"] = self._ssl_context()
        if self.sasl_password is None:
            return {"bootstrap_servers": self._servers(), "security": faststream.BaseSecurity(**tls)}
        kind = {
            "PLAIN": faststream.SASLPlaintext,
            "SCRAM-SHA-256": faststream.SASLScram256,
            "SCRAM-SHA-512": faststream.SASLScram512,
        }[self.sasl_mechanism or "PLAIN"]
        signed_in = kind(self.sasl_username or "", self.sasl_password.get_secret_value(), **tls)
        return {"bootstrap_servers": self._servers(), "security": signed_in}

    def kafka_python_options(self) -> dict[str, Any]:
        """Connection arguments of kafka-python's clients."""
        options: dict[str, Any] = {"bootstrap_servers": self._servers(), "security_protocol": self.security_protocol}
        if self._uses_tls:
            options["ssl_context"] = self._ssl_context()
        if self.sasl_password is not None:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password.get_secret_value(),
            }
        return options

    def physical(self, topic: str) -> str:
        """The name that `topic` of the catalogue has on this cluster."""
        return self.topic_prefix + topic

    def logical(self, topic: str) -> str:
        """The catalogue's name of a topic on this cluster."""
        return topic.removeprefix(self.topic_prefix)

    @property
    def _uses_tls(self) -> bool:
        return self.security_protocol.endswith("SSL")

    def _servers(self) -> list[str]:
        return [server.strip() for server in self.bootstrap_servers.split(",")]

    def _ssl_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ssl_cafile)
