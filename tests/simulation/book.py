"""The book of statements: SQL as the product sends it, beside what it does to the tables in memory.

A statement that is not in the book is an error that names it: a new one in the product fails the simulation until it
is entered here. `tests/simulation/test_same_rows.py` holds the book to the real server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from tests.simulation.database import Session
from tests.simulation.schema import CONVERT

Parameters = dict[str, Any]
Result = list[tuple[Any, ...]] | int
Effect = Callable[[Session, Parameters], Result]
Matched = Callable[[Session, Parameters, re.Match[str]], Result]

_exact: dict[str, Effect] = {}
_patterns: list[tuple[re.Pattern[str], Matched]] = []
_PLACE = re.compile(r"%\((\w+)\)b?(?:::(\w+)\[\])?")
_PARSE: dict[str, Callable[[str], Any]] = {
    "int": int,
    "bigint": int,
    "float8": float,
    "uuid": UUID,
    "date": date.fromisoformat,
    "text": str,
    "timestamptz": datetime.fromisoformat,
    "boolean": CONVERT["boolean"],
    "bytea": str.encode,
}


class NotInTheBook(AssertionError):
    """The product sends a statement that the simulation does not know."""


def statement(*texts: str) -> Callable[[Effect], Effect]:
    """Enters a function as the effect of these statements."""

    def enter(effect: Effect) -> Effect:
        for text in texts:
            _exact[_plain(text)] = effect
        return effect

    return enter


def statements_like(pattern: str) -> Callable[[Matched], Matched]:
    """Enters a function for statements whose text the product composes; the pattern must match all of it."""

    def enter(effect: Matched) -> Matched:
        _patterns.append((re.compile(pattern), effect))
        return effect

    return enter


@dataclass(frozen=True)
class Statement:
    """A statement of the product, looked up once."""

    name: str
    effect: Effect
    types: Mapping[str, str]
    """Array parameter -> type of its items."""
    suffix: str = ""
    quiet: bool = False
    """No turn: SQLAlchemy's own, which change nothing that others could see."""

    def run(self, session: Session, params: Mapping[str, Any] | None) -> Result:
        given = dict(params or {})
        for name, type_ in self.types.items():
            given[name] = _array(given[name], type_)
        session.suffix = self.suffix
        try:
            return self.effect(session, given)
        finally:
            session.suffix = ""


@lru_cache(maxsize=4096)
def look_up(query: bytes | str) -> Statement:
    """The statement in the book. Raises `NotInTheBook`."""
    text = _plain(query.decode() if isinstance(query, bytes) else query)
    suffix = (
        "__rebuild"
        if "__rebuild" in text and text.startswith(("insert", "update", "delete", "select w.id", "COPY"))
        else ""
    )
    plain = text.replace(suffix, "") if suffix else text
    types = {name: type_ for name, type_ in _PLACE.findall(plain) if type_}
    name = " ".join(re.split(r"[ (]", plain)[:4])
    if (effect := _exact.get(plain)) is not None:
        return Statement(name, effect, types, suffix)
    if plain.startswith("with w0 as ("):
        return Statement("together", _together(plain), {})
    for pattern, matched in _patterns:
        if found := pattern.fullmatch(plain):
            quiet = plain == ";" or "SAVEPOINT" in plain
            return Statement(name, _bound(matched, found), types, suffix, quiet)
    raise NotInTheBook(f"enter this statement in tests/simulation/book_*.py:\n{text}")


def _together(text: str) -> Effect:
    """What `shared.database.together` put into one: each part has its own parameters, and its own line in this book."""
    parts = re.split(r"\) ?(?:, w\d+ as \( ?)?(?=insert |update |delete )", text.removeprefix("with w0 as ("))

    def run_all(session: Session, params: Parameters) -> Result:
        touched: Result = 0
        for number, part in enumerate(parts):
            prefix = f"w{number}_"
            given = {name.removeprefix(prefix): value for name, value in params.items() if name.startswith(prefix)}
            touched = look_up(part.replace(f"%({prefix}", "%(")).run(session, given)
        return touched

    return run_all


def _bound(effect: Matched, found: re.Match[str]) -> Effect:
    return lambda session, params: effect(session, params, found)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"--[^\n]*", "", text).split())


def _array(value: Any, type_: str) -> list[Any]:
    """What the server makes of an array, written by `shared.database.batch.array` or given as a list."""
    if not isinstance(value, str):
        return list(value)
    inner = value[1:-1]
    if not inner:
        return []
    if inner.startswith('"'):
        return [*map(_PARSE[type_], inner[1:-1].split('","'))]
    parse = _PARSE[type_]
    return [None if item == "null" else parse(item) for item in inner.split(",")]
