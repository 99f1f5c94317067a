"""Rules for tests: trees over a given world of codes, and the members on whom SQL and memory do not agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from hypothesis import strategies as st

from services.segmentation.domain.lifecycle import STAGES
from services.segmentation.domain.rules.evaluation import evaluate
from services.segmentation.domain.rules.nodes import RfmClass
from services.segmentation.domain.rules.parsing import parse_rule
from services.segmentation.read_models.rule_members.query import selected

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection

    from services.segmentation.domain.member import Member, Yardsticks


@dataclass(frozen=True)
class Vocabulary:
    """The codes that rules may name; a few that nobody has belong to them."""

    stores: Sequence[str]
    categories: Sequence[str]
    products: Sequence[str]

    def say(self, document: Any) -> Any:
        """A tree of `RULES` with these codes in the places of numbers."""
        match document:
            case dict():
                return {
                    name: [getattr(self, name)[n % len(getattr(self, name))] for n in value]
                    if name in {"stores", "categories", "products"}
                    else [self.stores[n % len(self.stores)] for n in value]
                    if name == "in" and document["kind"] == "home_store"
                    else self.say(value)
                    for name, value in document.items()
                }
            case list():
                return [self.say(item) for item in document]
            case _:
                return document


def disagreements(
    connection: Connection,
    document: dict[str, Any],
    members: Collection[Member],
    yardsticks: Yardsticks,
    today: date,
) -> set[UUID]:
    """Those of `members` whom the rule selects by one way and not by the other."""
    rule = parse_rule(document)
    by_sql = selected(connection, rule, yardsticks, today)
    return {
        member.customer_id
        for member in members
        if evaluate(rule, member, yardsticks, today).holds != (member.customer_id in by_sql)
    }


def _some(values: Sequence[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


def _node(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), **fields})


def _bounded(
    kind: str, numbers: st.SearchStrategy[int], **fields: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    bounds = st.tuples(numbers, numbers) | st.tuples(st.none(), numbers) | st.tuples(numbers, st.none())
    return st.tuples(_node(kind, **fields), bounds).map(lambda drawn: drawn[0] | _bounds(drawn[1]))


def _bounds(pair: tuple[int | None, int | None]) -> dict[str, int]:
    low, high = pair
    if low is not None and high is not None:
        low, high = sorted((low, high))
    return {name: bound for name, bound in (("min", low), ("max", high)) if bound is not None}


def _purchases(measure: str, numbers: st.SearchStrategy[int]) -> st.SearchStrategy[dict[str, Any]]:
    codes = _some(range(20)) | st.just([])
    filters = {"stores": codes, "categories": codes, "products": codes}
    window = st.integers(1, 400) | st.integers(1, 30)
    return _bounded("purchases", numbers, measure=st.just(measure), window_days=window, **filters)


_LEAVES = st.one_of(
    _node("lifecycle", **{"in": _some(STAGES)}),
    _node("rfm_class", **{"in": _some(get_args(RfmClass))}),
    _bounded("score", st.integers(1, 5), dimension=st.sampled_from(["recency", "frequency", "money"])),
    _bounded("registered", st.integers(0, 500)),
    _node("home_store", **{"in": _some(range(20))}),
    _bounded("last_purchase", st.integers(0, 300)),
    _purchases("receipts", st.integers(0, 8)),
    _purchases("days", st.integers(0, 8)),
    _purchases("amount", st.integers(0, 3_000)),
    _node(
        "consent",
        purpose=st.sampled_from(["membership", "profiling", "marketing"]),
        channel=st.sampled_from([None, "email", "sms"]),
    ),
)

RULES = st.recursive(
    _LEAVES,
    lambda children: (
        _node("all", of=st.lists(children, min_size=1, max_size=4))
        | _node("any", of=st.lists(children, min_size=1, max_size=4))
        | _node("not", of=children)
    ),
    max_leaves=8,
)
"""Trees of all kinds of nodes; codes are numbers until a vocabulary says them."""
