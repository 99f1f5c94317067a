"""The segments that every chain has, with fixed rules: the stages of life, and the classes of scores."""

from __future__ import annotations

from typing import NamedTuple

from services.segmentation.domain.classes import CLASSES
from services.segmentation.domain.lifecycle import STAGES

LIFECYCLE = "lifecycle."
RFM = "rfm."
NAMED_VERSION = 1
"""Named segments have one version: their thresholds are settings of the service."""


class Name(NamedTuple):
    """What people call a named segment."""

    en: str
    zh: str


_STAGES = {
    "new": Name("New", "新会员"),
    "active": Name("Active", "活跃"),
    "cooling": Name("Cooling", "降温"),
    "at_risk": Name("At risk", "流失风险"),
    "lost": Name("Lost", "已流失"),
    "back": Name("Back", "回流"),
}
_CLASSES = {
    "champions": Name("Champions", "重要价值会员"),
    "slipping_champions": Name("Slipping champions", "重要保持会员"),
    "big_spenders": Name("Big spenders", "重要发展会员"),
    "lapsed_spenders": Name("Lapsed spenders", "重要挽留会员"),
    "regulars": Name("Regulars", "一般价值会员"),
    "slipping_regulars": Name("Slipping regulars", "一般保持会员"),
    "occasional": Name("Occasional", "一般发展会员"),
    "dormant": Name("Dormant", "一般挽留会员"),
}

NAMES: dict[str, Name] = {
    **{f"{LIFECYCLE}{stage}": _STAGES[stage] for stage in STAGES},
    **{f"{RFM}{class_}": _CLASSES[class_] for class_ in CLASSES.values()},
}
"""Every named segment by its code."""


def rule_of(code: str) -> dict[str, object]:
    """The rule of a named segment, as a chain would write it. Raises `KeyError` for any other code."""
    family, _, name = code.partition(".")
    kinds = {"lifecycle": "lifecycle", "rfm": "rfm_class"}
    if code not in NAMES:
        raise KeyError(code)
    return {"kind": kinds[family], "in": [name]}
