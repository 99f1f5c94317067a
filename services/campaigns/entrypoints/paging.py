"""How callers walk through lists."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from shared.kernel.text import CONTROL_FREE

PAGE_MAX = 200
CURSOR_LENGTH_MAX = 300

Cursor = Annotated[
    str,
    Query(max_length=CURSOR_LENGTH_MAX, pattern=CONTROL_FREE, description="`next_cursor` of the page before."),
]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="How many at most.")]
