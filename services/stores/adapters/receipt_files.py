"""Receipts in files: CSV, JSON lines, Parquet. Streamed: a file may be larger than memory.

CSV has a header; JSON lines hold a row or a whole receipt each; Parquet has typed columns. Text is UTF-8.
"""

from __future__ import annotations

import codecs
import csv
from typing import TYPE_CHECKING, Any

import orjson

from services.stores.application.import_rows import COLUMNS, FileRefused, Row, check_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_CHUNK_BYTES = 1024 * 1024
_PARQUET_ROWS = 10_000


def open_rows(file: Path) -> Iterable[Row]:
    """`OpenRows`, by the file's ending: .csv, .jsonl or .ndjson, .parquet."""
    kinds: dict[str, Callable[[Path], Iterator[Row]]] = {
        ".csv": _csv_rows,
        ".jsonl": _json_rows,
        ".ndjson": _json_rows,
        ".parquet": _parquet_rows,
    }
    kind = kinds.get(file.suffix.lower())
    if kind is None:
        raise FileRefused(f"{file.name} has none of the endings {', '.join(kinds)}", file=file.name)
    if not file.is_file():
        raise FileRefused(f"{file} is not a file", file=file.name)
    return kind(file)


def _csv_rows(file: Path) -> Iterator[Row]:
    _check_encoding(file)
    with file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, strict=True)
        header = _header(reader)
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                # An open quote swallows what follows, up to the longest field that there may be.
                yield Row(number, problem=f"it is not CSV up to row {reader.line_num}: {error}")
                continue
            if len(cells) == len(header):
                yield Row(number, {name: cell or None for name, cell in zip(header, cells, strict=True)})
            elif cells:
                yield Row(number, problem=f"it has {len(cells)} fields, the header has {len(header)}")


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise FileRefused(f"the header is not CSV: {error}") from None
    check_columns(header)
    return header


def _json_rows(file: Path) -> Iterator[Row]:
    _check_encoding(file)
    with file.open("rb") as lines:
        first = next((row for row in _parsed(lines)), None)
    if first is None:
        raise FileRefused(f"{file.name} is empty", file=file.name)
    if first.problem is None and first.document is None:
        check_columns(first.fields)
    with file.open("rb") as lines:
        yield from _parsed(lines)


def _parsed(lines: Iterable[bytes]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        stripped = line.removeprefix(codecs.BOM_UTF8).strip()
        if stripped:
            yield _json_row(number, stripped)


def _json_row(number: int, line: bytes) -> Row:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Row(number, problem=f"it is not JSON: {error.msg}")
    if not isinstance(value, dict):
        return Row(number, problem="it is not an object")
    if "lines" in value:
        return Row(number, document=value)
    strange = sorted(value.keys() - COLUMNS.keys())
    strange += [name for name, cell in value.items() if isinstance(cell, list | dict)]
    if strange:
        return Row(number, problem=f"columns {', '.join(strange)} are unknown, or neither text nor numbers")
    return Row(number, value)


def _parquet_rows(file: Path) -> Iterator[Row]:
    # Slow to load, and of use nowhere else.
    import pyarrow as pa  # type: ignore[import-untyped] # noqa: PLC0415 - it has no types
    from pyarrow import parquet  # noqa: PLC0415

    try:
        source = parquet.ParquetFile(file)
    except pa.ArrowInvalid as error:
        raise FileRefused(f"{file.name} is not Parquet: {error}", file=file.name) from None
    with source:
        check_columns(source.schema_arrow.names)
        for column in source.schema_arrow:
            _check_type(pa, column)
        number = 0
        for batch in source.iter_batches(batch_size=_PARQUET_ROWS):
            for fields in batch.to_pylist():
                number += 1
                yield Row(number, fields)


def _check_type(pa: Any, column: Any) -> None:  # noqa: ANN401 - pyarrow has no types
    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        problem = f"column {column.name} has times without a zone; give it one, for nobody can tell the moment"
        raise FileRefused(problem, column=column.name)
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        raise FileRefused(f"column {column.name} is {column.type}; use text, numbers or times", column=column.name)


def _check_encoding(file: Path) -> None:
    """Reads all of it once, so that nothing is taken from a file whose end is not text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    read = 0
    with file.open("rb") as content:
        while True:
            chunk = content.read(_CHUNK_BYTES)
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                at = read - held + error.start
                raise FileRefused(f"{file.name} is not UTF-8 at byte {at}; save it as UTF-8", byte=at) from None
            if not chunk:
                return
            read += len(chunk)
