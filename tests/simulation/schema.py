"""The tables as the migrations make them: their SQL is read, not repeated."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from services import loyalty, stores

Row = dict[str, Any]
Key = tuple[Any, ...]


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _truth(value: Any) -> bool:
    return value if isinstance(value, bool) else {"true": True, "false": False, "t": True, "f": False}[value]


CONVERT: dict[str, Callable[[Any], Any]] = {
    "bigint": int,
    "boolean": _truth,
    "bytea": bytes,
    "date": _day,
    "double precision": float,
    "integer": int,
    "json": str,
    "smallint": int,
    "text": str,
    "text[]": list,
    "timestamptz": _moment,
    "uuid": _uuid,
}
"""What psycopg and PostgreSQL make of a value for a column of each type."""


@dataclass(frozen=True, eq=False)
class Shape:
    """A table's columns and keys."""

    name: str
    types: dict[str, str]
    key: tuple[str, ...]
    unique: dict[str, tuple[str, ...]]
    """Constraint -> columns, without the primary key."""
    defaults: dict[str, Any] = field(default_factory=dict)
    """Column -> value; CLOCK and SERIAL stand for what is made anew for each row."""


CLOCK, SERIAL = object(), object()
_DEFAULTS: dict[str, Any] = {"clock_timestamp()": CLOCK, "now()": CLOCK, "0": 0, "'{}'": (), "true": True}


@cache
def shapes(service: str) -> dict[str, Shape]:
    """The tables of `stores` or `loyalty`."""
    package = {"stores": stores, "loyalty": loyalty}[service]
    folder = Path(str(package.__file__)).parent / "migrations"
    found = {}
    for script in sorted(folder.glob("*.py"), key=lambda path: (path.stem.endswith("first") and -1, path.stem)):
        for sql in _executed(script):
            for name, body in re.findall(r"create table (\w+) \((.*?)\n\s*\)", sql, re.DOTALL):
                found[name] = _shape(name, body)
    return found


def _executed(script: Path) -> list[str]:
    """The SQL that a migration would run."""
    executed: list[str] = []
    spec = importlib.util.spec_from_file_location(f"simulated_{script.stem}", script)
    if spec is None or spec.loader is None:
        raise ImportError(str(script))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules.pop(spec.name, None)
    module.op = type("Collecting", (), {"execute": staticmethod(executed.append)})
    module.upgrade()
    return executed


def _shape(name: str, body: str) -> Shape:
    types: dict[str, str] = {}
    defaults: dict[str, Any] = {}
    unique: dict[str, tuple[str, ...]] = {}
    key: tuple[str, ...] = ()
    for item in _items(re.sub(r"--.*", "", body)):
        if match := re.fullmatch(r"primary key \((.*)\)", item):
            key = _columns(match[1])
        elif match := re.fullmatch(r"(?:constraint (\w+) )?unique \((.*)\)", item):
            columns = _columns(match[2])
            unique[match[1] or f"{name}_{'_'.join(columns)}_key"] = columns
        elif match := re.fullmatch(rf"\"?(\w+)\"? ({'|'.join(map(re.escape, CONVERT))})(?![\w\[])(.*)", item):
            column, type_, rest = match.groups()
            types[column] = type_
            if "primary key" in rest:
                key = (column,)
            elif "unique" in rest:
                unique[f"{name}_{column}_key"] = (column,)
            if "generated always as identity" in rest:
                defaults[column] = SERIAL
            elif default := re.search(r"default (\S+)", rest):
                defaults[column] = _DEFAULTS[default[1]]
        else:
            raise ValueError(f"{name}: the simulation cannot read {item!r}")
    return Shape(name, types, key, unique, defaults)


def _items(body: str) -> Iterator[str]:
    """The parts between commas that are in no brackets."""
    depth, begun = 0, 0
    for at, letter in enumerate(body + ","):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            yield " ".join(body[begun:at].split())
            begun = at + 1


def _columns(text: str) -> tuple[str, ...]:
    return tuple(column.strip().strip('"') for column in text.split(","))
