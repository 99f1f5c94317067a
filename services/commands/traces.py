"""`regulars traces`: which steps of recorded traces take the time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.table import Table

from services.commands.terminal import console, fail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LATER = {"SpanKind.PRODUCER", "SpanKind.CONSUMER"}


def traces(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What REGULARS_TRACES_FILE named.")],
) -> None:
    """Show the steps of recorded traces, those that take most of the time first.

    "before ..." is how long a record waited for a step after what caused it had ended: in the outbox before it was
    published, in the outbox and the log before it was processed. Times are in milliseconds.
    """
    try:
        spans = [orjson.loads(line) for line in file.read_bytes().splitlines()]
        steps = sorted(_steps(spans).items(), key=lambda step: -sum(step[1]))
    except (ValueError, KeyError, TypeError):
        fail(f"{file} holds no spans of ours: one JSON object per line, as REGULARS_TRACES_FILE makes them")
    table = Table("step", "count", "p50", "p95", "max", "total")
    for name, times in steps:
        figures = (_quantile(times, 0.5), _quantile(times, 0.95), max(times), sum(times))
        table.add_row(name, f"{len(times):,}", *(f"{figure:,.1f}" for figure in figures))
    console.print(table)


def _steps(spans: Iterable[dict[str, Any]]) -> dict[str, list[float]]:
    by_id = {span["context"]["span_id"]: span for span in spans}
    found: dict[str, list[float]] = {}
    for span in by_id.values():
        for name, time_ms in _times(span, by_id.get(span["parent_id"])):
            found.setdefault(name, []).append(time_ms)
    return found


def _times(span: dict[str, Any], parent: dict[str, Any] | None) -> Iterator[tuple[str, float]]:
    begun, ended = _moment(span["start_time"]), _moment(span["end_time"])
    yield span["name"], 1000 * (ended - begun)
    if parent is not None and span["kind"] in _LATER:
        # Another machine's clock may be behind; nothing waits for less than nothing.
        yield f"before {span['name']}", 1000 * max(0.0, begun - _moment(parent["end_time"]))


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _quantile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]
