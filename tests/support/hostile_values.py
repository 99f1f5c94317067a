"""Values that nobody should send, as they are written in JSON, and how to put one anywhere in a document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Place = tuple[str | int, ...]
"""Where in a document a value is."""
MARK = "\x01"
"""Stands in a document where a value is to be written as it is."""
WRONG: dict[str, str] = {
    "an object": '{"x": 1}',
    "NUL": '"\\u0000x"',
    "half a surrogate": '"\\ud800"',
    "a long text": json.dumps("x" * 5_000),
    "not a number": "NaN",
    "10^400": "1" + "0" * 400,
    "10^5000": "1" + "0" * 5_000,
    "2^63": "9223372036854775808",
    "deep": "[" * 40 + "]" * 40,
    "endlessly deep": "[" * 50_000 + "]" * 50_000,
}
"""Values, as they are written, of which no field that is no object, no list and no free number takes any."""
ODD = {
    "null": "null",
    "true": "true",
    "empty": '""',
    "year 1": '"0001-01-01"',
    "the first moment": '"0001-01-01T00:00:00+14:00"',
    "the last moment": '"9999-12-31T23:59:59.999999-12:00"',
    "the last day": '"9999-12-31"',
    "no day": '"2026-02-30"',
    "1e308": "1e308",
    "right to left": '"\\u202e\\u0645"',
}
"""Values that some field may take."""


def written(document: Any, value: str) -> bytes:
    """The document as JSON, with `value` as it is where the mark stands."""
    return json.dumps(document).replace(json.dumps(MARK), value).encode()


def replaced(document: Any, place: Place, value: Any) -> Any:
    """`document` with `value` at `place`; everything else is shared with it."""
    if not place:
        return value
    name, *rest = place
    changed = list(document) if isinstance(document, list) else dict(document)
    changed[name] = replaced(changed[name], tuple(rest), value)  # type: ignore[index,call-overload]
    return changed


def places(document: Any, place: Place = ()) -> Iterator[Place]:
    """Every place in `document` where something stands."""
    names: Any = (
        document.keys() if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    )
    for name in names:
        yield (*place, name)
        yield from places(document[name], (*place, name))
