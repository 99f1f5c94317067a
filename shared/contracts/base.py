"""The base of every integration event, and where all of them are listed."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class IntegrationEvent(BaseModel):
    """A fact that a service tells the others. Producers are strict: an unknown field is a bug."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: ClassVar[str]
    """`<service>.<fact>.v<n>`: the CloudEvents type."""
    topic: ClassVar[str]
    """Where it is published; one of `shared.contracts.topics.CATALOGUE`."""


class View(BaseModel):
    """What one consumer reads of an event: the fields it uses and nothing else. Consumers are tolerant."""

    model_config = ConfigDict(frozen=True, extra="ignore")
