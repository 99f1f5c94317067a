"""Text that comes from outside: bounded, and without characters that a database or a log cannot hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

CONTROL_FREE = r"^[^\x00-\x1f\x7f]*$"

Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=CONTROL_FREE, strip_whitespace=True),
]
"""A number or code that people gave to something: a store, a till, a product. 1 to 64 characters."""

Text = Annotated[str, StringConstraints(max_length=4096, pattern=CONTROL_FREE, strip_whitespace=True)]
"""Free text of at most 4096 characters, on one line."""


def field_path(location: tuple[int | str, ...]) -> str:
    """`lines[2].amount_minor` from pydantic's location."""
    path = ""
    for part in location:
        if part in {"body", "query", "path"} and not path:
            continue
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path or "body"
