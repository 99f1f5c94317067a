"""Bases of events and the frame in which a command arrives.

Events are frozen pydantic models with a registered name and a schema version; commands are frozen
dataclasses. Neither knows how it is stored or sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


class DomainEvent(BaseModel):
    """A business fact of one stream. Private to its service; stored for ever."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: ClassVar[str]
    """Registered snake_case name; never a class path, so that classes may move."""
    schema_version: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Command:
    """An intention. Time and ids come in with it, so that deciders stay pure."""


class Cause(NamedTuple):
    """Why something is being decided: who asked, on account of what, and when it happened.

    `id` names the cause (a request, a record); event ids are derived from it, so that handling the same
    cause twice derives the same ids. `occurred_at` is business time, with an offset. `trace` is the W3C
    `traceparent` of a sampled record; what follows from a request is in the request's trace without it.
    """

    id: UUID
    correlation_id: UUID
    occurred_at: datetime
    actor: str = "system"
    trace: str | None = None
