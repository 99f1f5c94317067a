"""What a rule means for one member: true or false at every node, with what was found of her.

The reference of the language: `read_models/rule_members` says the same in SQL for everybody, and a test holds the two
together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, assert_never

from services.segmentation.domain.lifecycle import days_since
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
    from services.segmentation.domain.member import Item, Member, Purchase, Yardsticks
    from services.segmentation.domain.rules.nodes import Leaf, Node

_DIMENSIONS = ("recency", "frequency", "money")
"""In the order of `Scores`."""

Found = int | str | bool | None
"""What was found of a member at a leaf; None if nothing is known."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A node's answer about one member. A leaf has what was `found`, a group its children."""

    node: Node
    holds: bool
    found: Found = None
    of: tuple[Verdict, ...] = ()


def evaluate(rule: Node, member: Member, yardsticks: Yardsticks, today: date) -> Verdict:
    """The verdict of every node of `rule`."""
    match rule:
        case AllOf():
            of = tuple(evaluate(node, member, yardsticks, today) for node in rule.of)
            return Verdict(rule, all(verdict.holds for verdict in of), of=of)
        case AnyOf():
            of = tuple(evaluate(node, member, yardsticks, today) for node in rule.of)
            return Verdict(rule, any(verdict.holds for verdict in of), of=of)
        case Not():
            verdict = evaluate(rule.of, member, yardsticks, today)
            return Verdict(rule, not verdict.holds, of=(verdict,))
        case _:
            found = find(rule, member, yardsticks, today)
            return Verdict(rule, _takes(rule, found), found)


def find(leaf: Leaf, member: Member, yardsticks: Yardsticks, today: date) -> Found:  # noqa: PLR0911 - one per kind
    """What a leaf asks of a member."""
    match leaf:
        case InStage():
            return member.stage(yardsticks, today)
        case InClass():
            return member.rfm_class(yardsticks)
        case HasScore():
            return None if member.scores is None else member.scores[_DIMENSIONS.index(leaf.dimension)]
        case Registered():
            return None if member.registered_on is None else days_since(member.registered_on, today)
        case HomeStore():
            return member.home_store
        case LastPurchase():
            return None if member.buying.last_on is None else days_since(member.buying.last_on, today)
        case Purchases():
            return _measure(leaf, member.purchases, today)
        case HasConsent():
            return any(_agreed(leaf, purpose, channel) for purpose, channel in member.consents)
        case _:
            assert_never(leaf)


def window_begins(window_days: int, today: date) -> date:
    """The last day before a window: what is dated after it is inside."""
    return today - timedelta(days=window_days)


def _takes(leaf: Leaf, found: Found) -> bool:
    match leaf:
        case InStage() | InClass() | HomeStore():
            return found in leaf.in_
        case HasConsent():
            return bool(found)
        case _:
            return isinstance(found, int) and leaf.takes(found)


def _measure(leaf: Purchases, purchases: tuple[Purchase, ...], today: date) -> int:
    after = window_begins(leaf.window_days, today)
    within = [p for p in purchases if p.day > after and (not leaf.stores or p.store in leaf.stores)]
    if leaf.by_item:
        amounts = [(p.day, [item.amount_minor for item in p.items if _matches(leaf, item)]) for p in within]
        counted = [(day, sum(found)) for day, found in amounts if found]
    else:
        counted = [(p.day, p.amount_minor) for p in within]
    match leaf.measure:
        case "receipts":
            return len(counted)
        case "amount":
            return sum(amount for _, amount in counted)
        case "days":
            return len({day for day, _ in counted})
        case _:
            assert_never(leaf.measure)


def _matches(leaf: Purchases, item: Item) -> bool:
    return (not leaf.categories or item.category in leaf.categories) and (
        not leaf.products or item.product in leaf.products
    )


def _agreed(leaf: HasConsent, purpose: str, channel: str | None) -> bool:
    return purpose == leaf.purpose and (leaf.channel is None or channel == leaf.channel)
