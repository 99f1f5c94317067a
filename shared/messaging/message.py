"""Records as a log delivers them, and messages as consumers read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from shared.contracts.base import View

if TYPE_CHECKING:
    from uuid import UUID

    from shared.kernel.messages import Cause

V_co = TypeVar("V_co", bound=View, covariant=True)


class TopicPartition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """What stands at one offset. Nothing in it is trusted: key and body may be missing or broken.

    `headers` are stored headers (`shared.contracts.envelope.encode_headers`).
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: bytes
    body: bytes | None


class Message(NamedTuple, Generic[V_co]):
    """A record that could be read: its attributes, and the consumer's own view of its body."""

    record: Record
    event_id: UUID
    source: str
    type: str
    body: V_co
    cause: Cause
    """The frame for commands that follow from this message."""

    @property
    def key(self) -> bytes | None:
        """What orders this message among others."""
        return self.record.key
