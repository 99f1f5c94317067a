"""Who is in which segment: what changes when a member is looked at again. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from services.segmentation.domain import chinese, classes, lifecycle
from services.segmentation.domain.named import LIFECYCLE, NAMED_VERSION, RFM
from services.segmentation.domain.rules.evaluation import evaluate
from services.segmentation.domain.rules.nodes import Node
from services.segmentation.domain.rules.words import reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from services.segmentation.domain.member import Member, Yardsticks


class Definition(NamedTuple):
    """One of the chain's own segments, as it is now."""

    code: str
    version: int
    rule: Node


class Held(NamedTuple):
    """What is kept of a member's part in a segment, also after she left. The version counts her comings and goings."""

    inside: bool
    version: int


class Change(NamedTuple):
    """A member enters a segment or leaves it."""

    customer_id: UUID
    segment: str
    segment_version: int
    inside: bool
    version: int
    reason: str
    reason_zh: str


NEVER = Held(inside=False, version=0)


def changes(
    member: Member,
    held: Mapping[str, Held],
    definitions: Iterable[Definition],
    yardsticks: Yardsticks,
    today: date,
) -> list[Change]:
    """How her part in the named segments, and in those of `definitions`, changes. Other segments stay as they are."""
    stage, class_ = member.stage(yardsticks, today), member.rfm_class(yardsticks)
    named = {f"{LIFECYCLE}{stage}"} if stage else set()
    named |= {f"{RFM}{class_}"} if class_ else set()
    left = {code for code, part in held.items() if part.inside and code.startswith((LIFECYCLE, RFM))} - named
    found: list[Change] = []
    # Left before entered: at no moment between two records is she in two stages.
    for code in (*sorted(left), *sorted(named)):
        before, inside = held.get(code, NEVER), code in named
        if before.inside != inside:
            why = _why(code, member, yardsticks, today)
            found.append(Change(member.customer_id, code, NAMED_VERSION, inside, before.version + 1, *why))
    for code, version, rule in definitions:
        before, verdict = held.get(code, NEVER), evaluate(rule, member, yardsticks, today)
        if before.inside != verdict.holds:
            why = (reason(verdict, member, yardsticks, today), chinese.reason(verdict, member, yardsticks, today))
            found.append(Change(member.customer_id, code, version, verdict.holds, before.version + 1, *why))
    return found


def _why(code: str, member: Member, yardsticks: Yardsticks, today: date) -> tuple[str, str]:
    if code.startswith(LIFECYCLE):
        of = (member.buying, yardsticks.lifecycle, today)
        return lifecycle.reason_of(*of), chinese.reason_of_stage(*of)
    if member.scores is None:
        return "no scores any more", chinese.NO_SCORES_ANY_MORE
    return classes.reason_of(member.scores, yardsticks.high), chinese.reason_of_class(member.scores, yardsticks.high)
