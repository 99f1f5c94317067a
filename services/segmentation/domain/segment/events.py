"""What happens to a segment's definition. The stream is `segment-<code>`."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.kernel.messages import DomainEvent


class SegmentDefined(DomainEvent):
    """From this version on the rule says who is in the segment."""

    type: ClassVar[str] = "segment_defined"

    version: int
    name: str
    rule: dict[str, Any]


class SegmentRenamed(DomainEvent):
    """People call it otherwise; who is in it stays."""

    type: ClassVar[str] = "segment_renamed"

    name: str


SegmentEvent = SegmentDefined | SegmentRenamed
