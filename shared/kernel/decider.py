"""The decider: the whole contract of a write-side stream, in three pure functions."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from pydantic import TypeAdapter

from shared.kernel.messages import Command, DomainEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

C = TypeVar("C", bound=Command)
E = TypeVar("E", bound=DomainEvent)
S = TypeVar("S")


class StreamId(NamedTuple):
    """Names one stream, for example `account` and the account's id."""

    category: str
    id: str

    def __str__(self) -> str:
        return f"{self.category}-{self.id}"


@dataclass(frozen=True)
class Decider(Generic[C, E, S]):
    """What one category of streams decides, and how its state follows from its events.

    `decide` returns no event when there is nothing to do (a repeated command) and raises `Rejected` when
    the business says no. `evolve` is total over `events`. Both are pure.

    `contended`: many callers want the same stream at the same moment (a budget, stock, an account being
    redeemed from). Its state row is then locked before it is read, so that losers are told "used up" and
    never "conflict". `state_version` is raised when `evolve` changes its meaning but not its shape.
    """

    category: str
    state_type: type[S]
    events: tuple[type[E], ...]
    initial_state: Callable[[], S]
    decide: Callable[[C, S], Sequence[E]]
    evolve: Callable[[S, E], S]
    contended: bool = False
    state_version: int = 1
    upcasters: Mapping[tuple[str, int], Callable[[dict[str, object]], dict[str, object]]] | None = None
    """(type, version) -> payload of version + 1."""

    def fold(self, events: Iterable[E], state: S | None = None) -> S:
        """The state after `events`, from `state` or from the beginning."""
        folded = self.initial_state() if state is None else state
        for event in events:
            folded = self.evolve(folded, event)
        return folded

    @cached_property
    def state_adapter(self) -> TypeAdapter[S]:
        """Turns state into JSON and back."""
        return TypeAdapter(self.state_type)

    @cached_property
    def schema_hash(self) -> str:
        """Changes when the shape of the state changes: rows with another hash are folded again."""
        shape = json.dumps(self.state_adapter.json_schema(), sort_keys=True)
        return hashlib.sha256(f"{self.state_version}:{shape}".encode()).hexdigest()[:16]
