"""Mutations that keep JSON JSON: libFuzzer's own nearly always break it, and nothing behind the parser is reached."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

HOSTILE: tuple[str, ...] = (
    "null",
    "true",
    "0",
    "-1",
    "1.5",
    "NaN",
    "-Infinity",
    "1e999",
    "9" * 19,
    "9223372036854775808",
    "-9007199254740993",
    "1" + "0" * 400,
    '""',
    '"\\u0000"',
    '"\\ud800"',
    '"\\u202e"',
    '"' + "x" * 300 + '"',
    '"0001-01-01"',
    '"9999-12-31"',
    '"0001-01-01T00:00:00+14:00"',
    '"9999-12-31T23:59:59-12:00"',
    '"2026-02-30"',
    '"00000000-0000-0000-0000-000000000000"',
    "[]",
    "{}",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
)
"""Values as they are written; some are no JSON in the strict sense, and some readers take them all the same."""
_MARK = "\x01mark\x01"


def json_mutator(prefix: int) -> Callable[[bytes, int, int], bytes]:
    """Changes one place of the document behind `prefix` bytes; now and then the bytes as they are."""

    def mutate(data: bytes, size_max: int, seed: int) -> bytes:
        rng = random.Random(seed)  # noqa: S311 - the same seed, the same mutation
        if rng.random() < 0.3:
            return _bytes_changed(data, rng)[:size_max]
        try:
            document = json.loads(data[prefix:])
        except (ValueError, RecursionError):
            return _bytes_changed(data, rng)[:size_max]
        changed = json.dumps(_changed(document, rng), ensure_ascii=rng.random() < 0.5)
        changed = changed.replace(json.dumps(_MARK), rng.choice(HOSTILE))
        return (data[:prefix] + changed.encode("utf-8", "surrogatepass"))[:size_max]

    return mutate


def _bytes_changed(data: bytes, rng: random.Random) -> bytes:
    """Some bytes flipped, cut out, doubled, or new."""
    start = rng.randint(0, len(data))
    end = min(len(data), start + rng.choice((0, 1, 1, 4, 64)))
    between = rng.choice((b"", data[start:end] * 2, rng.randbytes(end - start), rng.randbytes(1)))
    return data[:start] + between + data[end:]


def _changed(document: Any, rng: random.Random) -> Any:
    """`document` with one place replaced, removed, doubled or renamed."""
    places = list(_places(document))
    if not places:
        return _MARK
    holder, name = rng.choice(places)
    match rng.randrange(5):
        case 0 if isinstance(holder, dict):
            del holder[name]
        case 0 | 1 if isinstance(holder, list):
            holder.insert(name, holder[name])
        case 1 | 2:
            other, where = rng.choice(places)
            holder[name] = json.loads(json.dumps(other[where]))
        case 3 if isinstance(holder, dict):
            other_name = rng.choice(list(holder)) + rng.choice(("", "x", "\x00", "_id"))
            holder[other_name] = holder.pop(name)
        case _:
            holder[name] = _MARK
    return document


def _places(document: Any) -> Any:
    """Every (container, name or index) in it."""
    names = (
        document.keys() if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    )
    for name in names:
        yield document, name
        yield from _places(document[name])
