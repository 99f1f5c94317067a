"""Decides about a segment's definition: another rule is another version, the same one is nothing new."""

from __future__ import annotations

from services.segmentation.domain.segment.commands import SegmentCommand
from services.segmentation.domain.segment.events import SegmentDefined, SegmentEvent, SegmentRenamed
from services.segmentation.domain.segment.state import Segment, evolve
from shared.kernel.decider import Decider, StreamId

CATEGORY = "segment"


def decide(command: SegmentCommand, segment: Segment) -> list[SegmentEvent]:
    """What happens on `command`."""
    if segment.version == 0 or segment.rule != command.rule:
        return [SegmentDefined(version=segment.version + 1, name=command.name, rule=command.rule)]
    if segment.name != command.name:
        return [SegmentRenamed(name=command.name)]
    return []


SEGMENT: Decider[SegmentCommand, SegmentEvent, Segment] = Decider(
    category=CATEGORY,
    state_type=Segment,
    events=(SegmentDefined, SegmentRenamed),
    initial_state=Segment,
    decide=decide,
    evolve=evolve,
)


def segment_stream(code: str) -> StreamId:
    """The stream of the segment that has this code."""
    return StreamId(CATEGORY, code)
