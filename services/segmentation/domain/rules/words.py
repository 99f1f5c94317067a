"""A verdict in words: what decided it, short enough for an event and for a line on a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from services.segmentation.domain import classes, lifecycle
from services.segmentation.domain.rules.nodes import (
    AllOf,
    AnyOf,
    HasConsent,
    HasScore,
    HomeStore,
    InClass,
    InStage,
    LastPurchase,
    Not,
    Purchases,
    Registered,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from services.segmentation.domain.member import Member, Yardsticks
    from services.segmentation.domain.rules.evaluation import Verdict
    from services.segmentation.domain.rules.nodes import Leaf

LENGTH_MAX = 300
LISTED_MAX = 3
_MEASURES = {"receipts": "receipts", "amount": "minor units", "days": "days with a purchase"}


def reason(verdict: Verdict, member: Member, yardsticks: Yardsticks, today: date) -> str:
    """The leaves that decided the verdict, in the order of the rule."""
    return joined(verdict, lambda leaf: describe(leaf, member, yardsticks, today))


def joined(verdict: Verdict, describe_leaf: Callable[[Verdict], str]) -> str:
    """The leaves that decided the verdict, each as `describe_leaf` says it, none twice."""
    said = "; ".join(dict.fromkeys(map(describe_leaf, deciding(verdict))))
    return said if len(said) <= LENGTH_MAX else said[: LENGTH_MAX - 1] + "…"


def deciding(verdict: Verdict) -> list[Verdict]:
    """The leaves without which it would have come out differently.

    Of a group that needs all, those are all if it holds, else the first that fails; of one that needs any, the first
    that holds, else all.
    """
    match verdict.node:
        case AllOf() | AnyOf():
            settles = isinstance(verdict.node, AnyOf)
            of = verdict.of if verdict.holds != settles else [v for v in verdict.of if v.holds == settles][:1]
            return [leaf for child in of for leaf in deciding(child)]
        case Not():
            return deciding(verdict.of[0])
        case _:
            return [verdict]


def describe(verdict: Verdict, member: Member, yardsticks: Yardsticks, today: date) -> str:
    """A leaf's verdict: what was found, and what was asked for. Of a group, its kind."""
    node, found = verdict.node, verdict.found
    match node:
        case AllOf() | AnyOf() | Not():
            return node.kind
        case InStage():
            return lifecycle.reason_of(member.buying, yardsticks.lifecycle, today)
        case InClass():
            return classes.reason_of(member.scores, yardsticks.high) if member.scores else "no scores yet"
        case HomeStore():
            return f"home store {found or 'not known'} (asked for: {_some(node.in_)})"
        case HasConsent():
            by = f" by {node.channel}" if node.channel else ""
            return f"consent to {node.purpose}{by}: {'given' if found else 'not given'}"
        case _:
            return f"{_measured(node, found)} (asked for: {_bounds(node)})"


def _measured(node: Leaf, found: object) -> str:
    match node:
        case HasScore():
            return f"{node.dimension} score {'not known' if found is None else found}"
        case Registered():
            return "registration not known" if found is None else f"registered {found} days ago"
        case LastPurchase():
            return "no purchase that counts" if found is None else f"last purchase {found} days ago"
        case Purchases():
            filters = [("stores", node.stores), ("categories", node.categories), ("products", node.products)]
            said = "".join(f", {name} {_some(codes)}" for name, codes in filters if codes)
            return f"{found} {_MEASURES[node.measure]} in {node.window_days} days{said}"
        case InStage() | InClass() | HomeStore() | HasConsent():
            raise AssertionError(node.kind)
        case _:
            assert_never(node)


def _bounds(node: HasScore | Registered | LastPurchase | Purchases) -> str:
    if node.min is None:
        return f"{node.max} or less"
    if node.max is None:
        return f"{node.min} or more"
    return f"{node.min} to {node.max}"


def _some(codes: tuple[str, ...]) -> str:
    more = len(codes) - LISTED_MAX
    return ", ".join(codes[:LISTED_MAX]) + (f" and {more} more" if more > 0 else "")
