"""Questions about segments: the list of them, one of them, and their definitions as rules."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import orjson

from services.segmentation.domain.membership import Definition
from services.segmentation.domain.named import NAMED_VERSION, NAMES, rule_of
from services.segmentation.domain.rules.parsing import parse_rule
from services.segmentation.read_models.segments.view import ComputationView, SegmentView
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from services.segmentation.domain.rules.nodes import Node
    from shared.access.visibility import Visible


def definitions(connection: Connection) -> list[Definition]:
    """The chain's own segments, by their codes."""
    rows = fetch(connection, "select code, version, rule::text from segments order by code")
    return [Definition(code, version, _parsed(rule)) for code, version, rule in rows]


def definition(connection: Connection, code: str) -> Definition | None:
    """One segment, also a named one."""
    if code in NAMES:
        return Definition(code, NAMED_VERSION, parse_rule(rule_of(code)))
    rows = fetch(connection, "select version, rule::text from segments where code = %(code)s", {"code": code})
    return Definition(code, rows[0][0], _parsed(rows[0][1])) if rows else None


def segments(connection: Connection, seen: Visible, code: str | None = None) -> list[SegmentView]:
    """All segments, or the one with this code, with their sizes among the members `seen`."""
    sizes = dict(
        fetch(
            connection,
            f"select segment, count(*) from memberships where inside and {seen.sql}"
            " and (%(code)s::text is null or segment = %(code)s) group by segment",
            {"code": code, **seen.parameters},
        )
    )
    population = fetch(connection, f"select count(*) from members where {seen.sql}", seen.parameters)[0][0]
    found = [*_named(code, population), *_own(connection, code, population)]
    return [segment.model_copy(update={"size": sizes.get(segment.code, 0)}) for segment in found]


@lru_cache(maxsize=1_024)
def _parsed(rule: str) -> Node:
    # Each batch of sales asks for all of them, and a rule is changed once in a while.
    return parse_rule(orjson.loads(rule))


def _named(code: str | None, population: int) -> Iterator[SegmentView]:
    done = ComputationView(finished=True, evaluated=population, population=population)
    for named, (en, zh) in NAMES.items():
        if code in {None, named}:
            yield SegmentView(
                code=named,
                kind="named",
                name=en,
                name_zh=zh,
                version=NAMED_VERSION,
                rule=rule_of(named),
                size=0,
                computation=done,
            )


def _own(connection: Connection, code: str | None, population: int) -> Iterator[SegmentView]:
    rows = fetch(
        connection,
        """
        select s.code, s.name, s.version, s.rule, coalesce(c.finished, false), coalesce(c.evaluated, 0)
        from segments s left join segment_computations c on c.code = s.code and c.version = s.version
        where %(code)s::text is null or s.code = %(code)s order by s.code
        """,
        {"code": code},
    )
    for own, name, version, rule, finished, evaluated in rows:
        computation = ComputationView(finished=finished, evaluated=evaluated, population=population)
        yield SegmentView(
            code=own,
            kind="rule",
            name=name,
            name_zh=None,
            version=version,
            rule=rule,
            size=0,
            computation=computation,
        )
