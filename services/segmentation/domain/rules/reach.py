"""What has to be known of a member to answer rules, and what can change their answers: so that nothing else is read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from services.segmentation.domain.rules.nodes import (
    AllOf,
    AnyOf,
    HasConsent,
    HomeStore,
    Not,
    Purchases,
    Registered,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from services.segmentation.domain.rules.nodes import Leaf, Node


class Side(Enum):
    """What kind of fact a leaf reads: what somebody bought, or who she is."""

    BUYING = "buying"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back purchases are needed (0: not at all), whether their lines are, and whether profiles are."""

    window_days: int = 0
    items: bool = False
    profile: bool = False


def leaves(rule: Node) -> Iterator[Leaf]:
    """Every leaf of a rule, from left to right."""
    match rule:
        case AllOf() | AnyOf():
            for node in rule.of:
                yield from leaves(node)
        case Not():
            yield from leaves(rule.of)
        case _:
            yield rule


def sides(rule: Node) -> frozenset[Side]:
    """Which kinds of facts can change the rule's answer, besides time."""
    profile = HasConsent | HomeStore | Registered
    return frozenset(Side.PROFILE if isinstance(leaf, profile) else Side.BUYING for leaf in leaves(rule))


def reach_of(rules: Iterable[Node]) -> Reach:
    """What all of `rules` together need."""
    found = [leaf for rule in rules for leaf in leaves(rule)]
    windows = [leaf for leaf in found if isinstance(leaf, Purchases)]
    return Reach(
        window_days=max((leaf.window_days for leaf in windows), default=0),
        items=any(leaf.by_item for leaf in windows),
        profile=any(isinstance(leaf, HasConsent | HomeStore | Registered) for leaf in found),
    )
