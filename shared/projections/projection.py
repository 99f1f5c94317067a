"""What a read model's projection is.

A read model is one table that answers one question. Its `project` upserts a whole batch with one statement
per table and gives equal rows for a batch seen once, twice, or in other batches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

    from shared.eventstore.store import Recorded


class ProjectEvents(Protocol):
    """Applies a service's own events, in order, to the table named `table`."""

    def __call__(self, connection: Connection, table: str, batch: Sequence[Recorded[Any]]) -> None: ...


@dataclass(frozen=True)
class Projection:
    """A read model of a service's own events, written in the transaction that appends them.

    `project` gets only events of `types`, and must name its table by the argument: a rebuild gives it
    another one.
    """

    table: Table
    types: frozenset[str]
    project: ProjectEvents

    @property
    def name(self) -> str:
        """The read model's name: its table's."""
        return self.table.name
