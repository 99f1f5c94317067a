"""What is known of a segment to decide about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from services.segmentation.domain.segment.events import SegmentDefined, SegmentEvent, SegmentRenamed


@dataclass(frozen=True, slots=True)
class Segment:
    """A definition; version 0 is none yet."""

    version: int = 0
    name: str = ""
    rule: dict[str, Any] = field(default_factory=dict)


def evolve(segment: Segment, event: SegmentEvent) -> Segment:
    """The segment after `event`."""
    match event:
        case SegmentDefined():
            return Segment(event.version, event.name, event.rule)
        case SegmentRenamed():
            return replace(segment, name=event.name)
        case _:
            assert_never(event)
