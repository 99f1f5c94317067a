"""What can be asked of a segment's definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.kernel.messages import Command


@dataclass(frozen=True, slots=True)
class DefineSegment(Command):
    """The segment shall be named so and hold those whom the rule, a parsed one as JSON again, selects."""

    name: str
    rule: dict[str, Any]


SegmentCommand = DefineSegment
