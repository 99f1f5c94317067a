"""Statements that change different tables, put together into one: a request changes a row here and a row there.

A statement costs more on the way to the server and back than the row that it writes. PostgreSQL runs the parts of one
`with` as of the same moment, so no part may read or write what another writes; that a table is named twice is noticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Together:
    """What waits to be sent."""

    def __init__(self) -> None:
        self._parts: dict[str, tuple[str, Mapping[str, object]]] = {}

    def holds(self, table: str) -> bool:
        """Whether something that waits changes `table`."""
        return table in self._parts

    def add(self, table: str, statement: str, parameters: Mapping[str, object]) -> None:
        """A statement that changes `table`."""
        self._parts[table] = statement, parameters

    def take(self) -> tuple[str, Mapping[str, object]] | None:
        """All that waits, as one statement with its parameters; None for nothing. Nothing waits afterwards."""
        parts, self._parts = list(self._parts.values()), {}
        if len(parts) < 2:  # noqa: PLR2004 - one stands by itself
            return parts[0] if parts else None
        # Each part's places get names of their own.
        *before, last = (part.replace("%(", f"%(w{n}_") for n, (part, _) in enumerate(parts))
        named = ", ".join(f"w{n} as ({part})" for n, part in enumerate(before))
        given = {f"w{n}_{name}": value for n, (_, values) in enumerate(parts) for name, value in values.items()}
        return f"with {named} {last}", given


def insert(target: str, rows: Iterable[Sequence[object]]) -> tuple[str, dict[str, object]]:
    """A statement that adds a few `rows` to `target`, written like `events (stream_id, type)`; what they hold."""
    places: list[str] = []
    parameters: dict[str, object] = {}
    for row_number, row in enumerate(rows):
        names = [f"r{row_number}_{column}" for column in range(len(row))]
        places.append(f"({', '.join(f'%({name})s' for name in names)})")
        parameters.update(zip(names, row, strict=True))
    return f"insert into {target} values {', '.join(places)}", parameters
