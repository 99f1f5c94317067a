"""What a consumer declares. `batches` holds the one recipe that runs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from shared.messaging.decode import Decode, decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from shared.contracts.base import View
    from shared.messaging.message import Message


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message. No error: done, or nothing to do.

    A `Rejected` error is written to `refused` and the offset moves; any other error parks the message.
    """

    error: Exception | None = None


DONE = Outcome()


class Handle(Protocol):
    """Handles a batch in order, inside the recipe's transaction: one outcome per message.

    It may be called again for the same messages after a rollback, alone or in smaller batches. It commits
    nothing and leaves nothing behind for a message whose outcome has an error. With `lock`, the streams
    that it touches are locked before they are read.
    """

    def __call__(
        self,
        connection: Connection,
        batch: Sequence[Message[Any]],
        *,
        lock: bool,
    ) -> Sequence[Outcome]: ...


@dataclass(frozen=True)
class Consumer:
    """One consumer of one service: what it reads, how, and what happens to what it cannot handle.

    `views` maps each CloudEvents type to the fields that are used; records of other types are counted and
    passed over. `order="key"`: what follows a parked record of the same key is parked behind it, except
    `urgent` types (an erasure, a consent), which are handled at once.
    """

    name: str
    topics: tuple[str, ...]
    views: Mapping[str, type[View]]
    handle: Handle
    order: Literal["key", "none"]
    urgent: frozenset[str] = field(default_factory=frozenset)
    erased_by: str | None = None
    """The type whose arrival purges the key's parked bytes."""
    generation: int = 1
    repeatable: bool = False
    """Handling a record again changes nothing: then no claim of it is kept, which would cost more than the handling."""
    batch_size_max: int = 1_000
    awaited: bool = False
    """Whether somebody at a counter waits for what it does: it looks again sooner then, for more of a processor."""
    lanes: int = 1
    """Into how many a process splits its share of the partitions. More than one costs connections and memory."""
    decode: Decode = decode
    """How records are read: our own topics hold what we wrote, a topic from outside what anybody may have written."""
