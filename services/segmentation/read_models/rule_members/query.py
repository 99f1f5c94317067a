"""Whom rules select, and the facts by which some members are judged in memory."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from services.segmentation.domain.classes import Scores
from services.segmentation.domain.lifecycle import Buying
from services.segmentation.domain.member import Consent, Item, Member, Purchase, Yardsticks
from services.segmentation.domain.named import LIFECYCLE, RFM
from services.segmentation.domain.rules.evaluation import window_begins
from services.segmentation.read_models.rule_members.sql import Question
from shared.access.visibility import EVERYBODY
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from services.segmentation.domain.membership import Definition
    from services.segmentation.domain.rules.nodes import Node
    from services.segmentation.domain.rules.reach import Reach
    from shared.access.visibility import Visible


def selected(connection: Connection, rule: Node, yardsticks: Yardsticks, today: date) -> set[UUID]:
    """Everybody whom the rule selects."""
    question = Question(yardsticks, today)
    condition = question.holds(rule)
    members = question.members(page=False)
    rows = fetch(connection, f"select k.customer_id from {members} where {condition}", question.parameters)
    return {customer_id for (customer_id,) in rows}


def size(
    connection: Connection, rule: Node, yardsticks: Yardsticks, today: date, seen: Visible = EVERYBODY
) -> tuple[int, int]:
    """How many the rule selects, and of how many: both among the members `seen`, by the column `k.customer_id`."""
    question = Question(yardsticks, today)
    condition = question.holds(rule)
    rows = fetch(
        connection,
        f"select count(*) filter (where {condition}), count(*) from {question.members(page=False)} where {seen.sql}",
        {**question.parameters, **seen.parameters},
    )
    return rows[0][0], rows[0][1]


def differing(
    connection: Connection,
    page: Sequence[UUID],
    definitions: Collection[Definition],
    yardsticks: Yardsticks,
    today: date,
    *,
    named: bool,
) -> list[UUID]:
    """Those of `page` whose kept memberships are not what the rules say, by the rules given and, if so, the named."""
    question = Question(yardsticks, today)
    parts = [f"case when {question.holds(rule)} then {_text(question, code)} end" for code, _, rule in definitions]
    held = f"segment = any({question.value([definition.code for definition in definitions])}::text[])"
    if named:
        parts += [f"'{LIFECYCLE}' || {question.stage()}", f"'{RFM}' || {question.rfm_class()}"]
        held = f"({held} or segment like '{LIFECYCLE}%%' or segment like '{RFM}%%')"
    rows = fetch(
        connection,
        f"""
        select k.customer_id from {question.members(page=True)}
        where array(select c from unnest(array[{", ".join(parts)}]::text[]) c where c is not null order by c)
          is distinct from
          array(select segment from memberships h
                where h.customer_id = k.customer_id and h.inside and {held} order by segment)
        """,
        {**question.parameters, "page": list(page)},
    )
    return [customer_id for (customer_id,) in rows]


def facts_of(
    connection: Connection, customers: Collection[UUID], reach: Reach, yardsticks: Yardsticks, today: date
) -> list[Member]:
    """The members among `customers`, each with the facts that lie within `reach`."""
    profiles, consents = _profiles(connection, customers, yardsticks) if reach.profile else ({}, {})
    purchases = _purchases(connection, customers, reach, today) if reach.window_days else {}
    found = []
    for customer_id, receipts, last_on, resumed_on, paused_on, *scores in _buying(
        connection, customers, yardsticks, today
    ):
        registered_on, home_store = profiles.get(customer_id, (None, None))
        found.append(
            Member(
                customer_id,
                Buying(receipts, last_on, resumed_on, paused_on),
                None if scores[0] is None else Scores(*scores),
                registered_on,
                home_store,
                frozenset(consents.get(customer_id, ())),
                tuple(purchases.get(customer_id, ())),
            )
        )
    return found


def _buying(
    connection: Connection, customers: Collection[UUID], yardsticks: Yardsticks, today: date
) -> list[tuple[Any, ...]]:
    return fetch(
        connection,
        """
        select k.customer_id, coalesce(f.receipts, 0), f.last_business_date, b.resumed_on, b.paused_on, s.r, s.f, s.m
        from members k
        left join member_facts f on f.customer_id = k.customer_id
        left join member_scores s on s.customer_id = k.customer_id
        left join lateral (
          select (select min(business_date) from purchases p
                  where p.customer_id = k.customer_id and p.counted and p.business_date > %(recent)s::date)
                   as resumed_on,
                 (select max(business_date) from purchases p
                  where p.customer_id = k.customer_id and p.counted and p.business_date <= %(recent)s::date)
                   as paused_on
        ) b on f.last_business_date > %(recent)s::date and f.receipts > 1
        where k.customer_id in (select unnest(%(customers)b::uuid[]))
        """,
        {"customers": list(customers), "recent": today - timedelta(days=yardsticks.lifecycle.back)},
    )


def _profiles(
    connection: Connection, customers: Collection[UUID], yardsticks: Yardsticks
) -> tuple[dict[UUID, tuple[date, str | None]], dict[UUID, list[Consent]]]:
    these = {"customers": list(customers)}
    rows = fetch(
        connection,
        "select customer_id, (registered_at at time zone %(zone)s)::date, home_store from member_profiles"
        " where customer_id in (select unnest(%(customers)b::uuid[]))",
        {**these, "zone": yardsticks.time_zone},
    )
    consents: defaultdict[UUID, list[Consent]] = defaultdict(list)
    for customer_id, purpose, channel in fetch(
        connection,
        "select customer_id, purpose, nullif(channel, '') from member_consents"
        " where given and customer_id in (select unnest(%(customers)b::uuid[]))",
        these,
    ):
        consents[customer_id].append(Consent(purpose, channel))
    return {customer_id: (registered_on, home_store) for customer_id, registered_on, home_store in rows}, consents


def _purchases(
    connection: Connection, customers: Collection[UUID], reach: Reach, today: date
) -> dict[UUID, list[Purchase]]:
    columns = f", {', '.join(_Lines._fields)}" if reach.items else ""
    found: defaultdict[UUID, list[Purchase]] = defaultdict(list)
    for customer_id, day, store, amount, *lines in fetch(
        connection,
        f"select customer_id, business_date, store_id, net_minor{columns} from purchases"
        " where customer_id in (select unnest(%(customers)b::uuid[])) and counted and business_date > %(after)s",
        {"customers": list(customers), "after": window_begins(reach.window_days, today)},
    ):
        found[customer_id].append(Purchase(day, store, amount, _items(_Lines(*lines)) if lines else ()))
    return found


class _Lines(NamedTuple):
    """The lines of a row of `purchases`."""

    lines: list[int] | None
    products: list[str]
    categories: list[str | None]
    amounts: list[int]
    came_back: dict[str, int] | None
    document_version: int


def _items(row: _Lines) -> tuple[Item, ...]:
    """What is left of each line; the same as `member_facts.lines.ITEMS` says in SQL."""
    if row.lines is None:
        return ()
    if not row.came_back:
        return tuple(map(Item, row.products, row.categories, row.amounts))
    back: defaultdict[int, int] = defaultdict(int)
    for key, minor in row.came_back.items():
        version, _, line = key.partition(":")
        if int(version) > row.document_version:
            back[int(line)] += minor
    return tuple(
        Item(product, category, amount - back[line])
        for line, product, category, amount in zip(row.lines, row.products, row.categories, row.amounts, strict=True)
        if amount == 0 or back[line] < amount
    )


def _text(question: Question, code: str) -> str:
    return f"{question.value(code)}::text"
