from __future__ import annotations

from typing import Any

from services.segmentation.domain.segment.commands import DefineSegment
from services.segmentation.domain.segment.decider import SEGMENT
from services.segmentation.domain.segment.events import SegmentDefined, SegmentRenamed
from shared.testing.specs import DeciderSpec

RULE: dict[str, Any] = {"kind": "last_purchase", "min": 30}
OTHER: dict[str, Any] = {"kind": "last_purchase", "min": 60}
SPEC = DeciderSpec(SEGMENT)


def test_a_new_segment_is_version_one() -> None:
    SPEC.when(DefineSegment("Quiet", RULE)).then(SegmentDefined(version=1, name="Quiet", rule=RULE))


def test_another_rule_is_another_version() -> None:
    defined = SPEC.given(SegmentDefined(version=1, name="Quiet", rule=RULE))
    defined.when(DefineSegment("Quiet", OTHER)).then(SegmentDefined(version=2, name="Quiet", rule=OTHER))


def test_the_same_rule_is_nothing_new() -> None:
    SPEC.given(SegmentDefined(version=1, name="Quiet", rule=RULE)).when(DefineSegment("Quiet", RULE)).then_nothing()


def test_another_name_keeps_the_version() -> None:
    renamed = SPEC.given(SegmentDefined(version=1, name="Quiet", rule=RULE)).when(DefineSegment("Asleep", RULE))
    renamed.then(SegmentRenamed(name="Asleep")).when(DefineSegment("Asleep", RULE)).then_nothing()
