"""A rule as SQL over any number of members at once: one statement, one pass over their purchases.

Each row of `MEMBERS` is a member `k` with her profile `p`, facts `f` and scores `s`; `w` holds what the rule's windows
measure, a column each. Leaves are never null, so that `not` means the same here as it does in memory.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, assert_never

from services.segmentation.domain.classes import CLASSES
from services.segmentation.domain.rules.evaluation import window_begins
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
from services.segmentation.read_models.member_facts.lines import ITEMS

if TYPE_CHECKING:
    from services.segmentation.domain.member import Yardsticks
    from services.segmentation.domain.rules.nodes import Leaf, Node

_SCORES = {"recency": "s.r", "frequency": "s.f", "money": "s.m"}


class Question:
    """What is asked of members on a day. Writes conditions, and remembers the values and windows that they need."""

    def __init__(self, yardsticks: Yardsticks, today: date) -> None:
        self.parameters: dict[str, object] = {}
        self._yardsticks = yardsticks
        self._today = today
        self._measures: dict[Purchases, str] = {}
        """The same window is measured once, whatever its bounds are and how many rules ask for it."""
        self._stage = False
        self._window_days = 0

    def members(self, *, page: bool) -> str:
        """The `from` clause; with `page`, of those members alone whose ids are the parameter `page`."""
        these = "{} in (select unnest(%(page)b::uuid[]))" if page else "true"
        windows = ""
        if self._measures:
            after = self.value(window_begins(self._window_days, self._today))
            windows = f"""
            left join (
              select p.customer_id, {", ".join(f"{sql} as m{n}" for n, sql in enumerate(self._measures.values()))}
              from purchases p
              where p.counted and p.business_date > {after}::date and {these.format("p.customer_id")}
              group by p.customer_id
            ) w on w.customer_id = k.customer_id"""
        return f"""
        (select customer_id from members where {these.format("customer_id")}) k
        left join member_profiles p on p.customer_id = k.customer_id
        left join member_facts f on f.customer_id = k.customer_id and f.receipts > 0
        left join member_scores s on s.customer_id = k.customer_id
        {f"cross join lateral (select {self._staged()} as stage) g" if self._stage else ""}
        {windows}"""

    def holds(self, rule: Node) -> str:
        """The condition that is true for exactly those whom `rule` selects."""
        match rule:
            case AllOf():
                return "(" + " and ".join(self.holds(node) for node in rule.of) + ")"
            case AnyOf():
                return "(" + " or ".join(self.holds(node) for node in rule.of) + ")"
            case Not():
                return f"(not {self.holds(rule.of)})"
            case _:
                return f"coalesce({self._leaf(rule)}, false)"

    def stage(self) -> str:
        """The stage of life, or null."""
        self._stage = True
        return "g.stage"

    def _staged(self) -> str:
        days = self._yardsticks.lifecycle
        since = f"({self._days_since('f.last_business_date')})"
        recent = self.value(self._today - timedelta(days=days.back))
        # Both are answered by one step in the index of her purchases, and only for those who bought lately.
        pause = f"""
        (select min(business_date) from purchases b
         where b.customer_id = k.customer_id and b.counted and b.business_date > {recent}::date)
        - (select max(business_date) from purchases b
           where b.customer_id = k.customer_id and b.counted and b.business_date <= {recent}::date)"""
        return f"""
        case when f.customer_id is null then null
             when {since} >= {days.lost} then 'lost'
             when {since} >= {days.at_risk} then 'at_risk'
             when {since} >= {days.cooling} then 'cooling'
             when f.receipts = 1 and {since} <= {days.new} then 'new'
             when {pause} >= {days.lost} then 'back'
             else 'active' end"""

    def rfm_class(self) -> str:
        """The class of scores, or null."""
        high = self._yardsticks.high
        cases = "".join(
            f" when (s.r >= {high.recency}) = {r} and (s.f >= {high.frequency}) = {f} and (s.m >= {high.money}) = {m}"
            f" then '{name}'"
            for (r, f, m), name in CLASSES.items()
        )
        return f"case{cases} end"

    def _leaf(self, leaf: Leaf) -> str:  # noqa: PLR0911 - one per kind
        match leaf:
            case InStage():
                return f"{self.stage()} = any({self.value(list(leaf.in_))}::text[])"
            case InClass():
                return f"{self.rfm_class()} = any({self.value(list(leaf.in_))}::text[])"
            case HasScore():
                return self._bounded(leaf, _SCORES[leaf.dimension])
            case Registered():
                zone = self.value(self._yardsticks.time_zone)
                return self._bounded(leaf, self._days_since(f"(p.registered_at at time zone {zone})::date"))
            case HomeStore():
                return f"p.home_store = any({self.value(list(leaf.in_))}::text[])"
            case LastPurchase():
                return self._bounded(leaf, self._days_since("f.last_business_date"))
            case Purchases():
                return self._bounded(leaf, f"coalesce(w.{self._measure(leaf)}, 0)")
            case HasConsent():
                return self._consent(leaf)
            case _:
                assert_never(leaf)

    def _consent(self, leaf: HasConsent) -> str:
        by = f" and c.channel = {self.value(leaf.channel)}" if leaf.channel else ""
        return f"""
        exists (select from member_consents c where c.customer_id = k.customer_id and c.given
                and c.purpose = {self.value(leaf.purpose)}{by})"""

    def _bounded(self, leaf: HasScore | Registered | LastPurchase | Purchases, sql: str) -> str:
        bounds = ((">=", leaf.min), ("<=", leaf.max))
        said = [f"({sql}) {sign} {self.value(bound)}" for sign, bound in bounds if bound is not None]
        return "(" + " and ".join(said) + ")"

    def _days_since(self, day: str) -> str:
        # Not `greatest(0, ...)`: it passes over null, and who never bought would have bought today.
        since = f"({self.value(self._today)}::date - {day})"
        return f"case when {since} < 0 then 0 else {since} end"

    def _measure(self, leaf: Purchases) -> str:
        """The column of the windows that measures what a leaf asks for."""
        asked = leaf.model_copy(update={"min": 0, "max": None})
        if asked not in self._measures:
            self._window_days = max(self._window_days, leaf.window_days)
            self._measures[asked] = self._measured(leaf)
        return f"m{list(self._measures).index(asked)}"

    def _measured(self, leaf: Purchases) -> str:
        conditions = [f"p.business_date > {self.value(window_begins(leaf.window_days, self._today))}::date"]
        if leaf.stores:
            conditions.append(f"p.store_id = any({self.value(list(leaf.stores))}::text[])")
        items = ""
        if leaf.by_item:
            of_item = []
            for name, codes in (("category", leaf.categories), ("product", leaf.products)):
                if codes:
                    values = f"{self.value(list(codes))}::text[]"
                    array = {"category": "p.categories", "product": "p.products"}[name]
                    # A look at the array first: most receipts hold nothing of it, and need not be taken apart.
                    conditions.append(f"{array} && {values}")
                    of_item.append(f"i.{name} = any({values})")
            items = f"from {ITEMS} i where {' and '.join(of_item)}"
        if leaf.measure == "amount":
            amount = f"(select sum(i.amount) {items})" if items else "p.net_minor"
            return f"sum({amount}) filter (where {' and '.join(conditions)})"
        if items:
            conditions.append(f"exists (select {items})")
        counted = "*" if leaf.measure == "receipts" else "distinct p.business_date"
        return f"count({counted}) filter (where {' and '.join(conditions)})"

    def value(self, value: object) -> str:
        """The place of a value in the statement."""
        name = f"v{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s" if not isinstance(value, list) else f"%({name})b"
