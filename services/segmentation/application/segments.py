"""Definitions of segments, as a marketer gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from services.segmentation.domain.rules.parsing import to_document
from services.segmentation.domain.segment.commands import DefineSegment
from services.segmentation.domain.segment.decider import segment_stream
from shared.commands.handler import Addressed
from shared.kernel.errors import NotFound, Rejected

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from services.segmentation.application.ports import Definitions
    from services.segmentation.domain.rules.nodes import Node
    from shared.commands.handler import CommandHandler
    from shared.kernel.messages import Cause

SEGMENTS_MAX = 200
"""Every sale is judged by all of them that it can change."""


class SegmentNotFound(NotFound):
    """No segment has this code."""

    code: ClassVar[str] = "segment_not_found"


class TooManySegments(Rejected):
    """The chain has as many segments as there may be."""

    code: ClassVar[str] = "too_many_segments"


class DefineSegments:
    """Gives segments their rules. Who is in them follows in the background."""

    def __init__(self, handler: CommandHandler, definitions: Definitions) -> None:
        self._handler = handler
        self._definitions = definitions

    def define(self, connection: Connection, cause: Cause, *, code: str, name: str, rule: Node) -> None:
        """A new segment, or another version of one if the rule differs. Raises `TooManySegments`."""
        known = self._definitions(connection)
        if len(known) >= SEGMENTS_MAX and code not in {definition.code for definition in known}:
            msg = f"there are {len(known)} segments of {SEGMENTS_MAX} at most; give one that nobody uses another rule"
            raise TooManySegments(msg, limit=SEGMENTS_MAX)
        command = DefineSegment(name=name, rule=to_document(rule))
        # Locked: two who define the same segment in one moment get two versions and not a conflict.
        self._handler.run(connection, [[Addressed(segment_stream(code), command, cause)]], lock=True)[0].unwrap()


def no_segment(code: str) -> SegmentNotFound:
    """For whoever asks for a segment that is not there."""
    return SegmentNotFound(f"no segment {code!r}; GET /segments lists them", segment=code)
