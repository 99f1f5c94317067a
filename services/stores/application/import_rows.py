"""Rows of a file to receipts: one row per line; the rows of one receipt stand together.

A receipt is taken whole or not at all: a row that cannot be read takes the receipts at both its sides with it, for it
could belong to either.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from shared.contracts.receipt_checks import FieldError, Invalid
from shared.contracts.receipts import LINES_MAX
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Value = str | int | float | Decimal | date | datetime | None

COLUMNS: dict[str, str] = {
    "store": "required; the store's code",
    "till": "required; a till of the store",
    "number": "required; the receipt's number at that till on that day",
    "occurred_at": "required; when it was sold, with an offset: 2026-03-01T18:30:00+08:00",
    "business_date": "the store's; its local date of occurred_at by default",
    "currency": "ISO 4217; the store's by default, and never another",
    "card": "the member's card; it is not kept",
    "phone": "the member's phone number, if there is no card; it is not kept",
    "checkout_id": "UUID of the checkout that the receipt confirms",
    "total": "of the receipt, like 12.34; the sum of its lines by default",
    "total_minor": "the same in minor units: 1234",
    "line": "the line's number; its position by default",
    "product": "required; the product's code",
    "category": "what sums by category use",
    "quantity": "required; at most three decimals, 0 is allowed",
    "amount": "this or amount_minor is required; what was asked for the line, like 12.34",
    "amount_minor": "the same in minor units: 1234",
    "discount": "what was taken off before the amount, like 0.50",
    "discount_minor": "the same in minor units: 50",
}
"""Every column that a file may have; the columns before `line` say the same in each row of a receipt."""

KEY_COLUMNS = ("store", "till", "number", "occurred_at")
RECEIPT_COLUMNS = tuple(COLUMNS)[: tuple(COLUMNS).index("line")]
REQUIRED_COLUMNS = (*KEY_COLUMNS, "product", "quantity")
MONEY_COLUMNS = ("amount", "discount", "total")


class FileRefused(InvalidInput):
    """The file as a whole cannot be imported; nothing of it was taken."""

    code = "file_refused"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its place in the file, counted from 1, and its fields; or what is wrong with it."""

    number: int
    fields: Mapping[str, Value] = field(default_factory=dict)
    document: dict[str, object] | None = None
    """A whole receipt, where the format can hold one in a row."""
    problem: str | None = None


@dataclass(slots=True)
class Entry:
    """What one receipt's rows say."""

    first_row: int
    last_row: int
    head: Mapping[str, Value] = field(default_factory=dict)
    lines: list[Mapping[str, Value]] = field(default_factory=list)
    document: dict[str, object] | None = None
    problem: str | None = None


def check_columns(names: Iterable[str]) -> None:
    """Raises `FileRefused` naming the columns that are missing, unknown, or there twice."""
    found = list(names)
    missing = [name for name in REQUIRED_COLUMNS if name not in found]
    unknown = sorted(set(found) - COLUMNS.keys())
    twice = sorted({name for name in found if found.count(name) > 1})
    both = [name for name in MONEY_COLUMNS if name in found and f"{name}_minor" in found]
    if "amount" not in found and "amount_minor" not in found:
        missing.append("amount or amount_minor")
    for wrong, what in (
        (missing, "are missing"),
        (unknown, f"are unknown; known are {', '.join(COLUMNS)}"),
        (twice, "are there twice"),
        (both, "are there with and without _minor; keep one of each"),
    ):
        if wrong:
            raise FileRefused(f"columns {', '.join(wrong)} {what}", columns=wrong)


def entries_of(rows: Iterable[Row]) -> Iterator[Entry]:
    """The receipts in `rows`, each once all its rows were seen."""
    entry: Entry | None = None
    broken: Row | None = None
    for row in rows:
        if row.problem is not None:
            if entry is not None:
                _spoil(entry, row)
            else:
                yield Entry(row.number, row.number, problem=row.problem)
            broken = row
            continue
        if row.document is not None:
            if entry is not None:
                yield entry
            entry, broken = None, None
            yield Entry(row.number, row.number, document=row.document)
            continue
        if entry is None or any(row.fields.get(name) != entry.head.get(name) for name in KEY_COLUMNS):
            if entry is not None:
                yield entry
            entry = Entry(row.number, row.number, head=row.fields)
            if broken is not None:
                _spoil(entry, broken)
        _add(entry, row)
        broken = None
    if entry is not None:
        yield entry


def _add(entry: Entry, row: Row) -> None:
    entry.last_row = max(entry.last_row, row.number)
    differing = [name for name in RECEIPT_COLUMNS if row.fields.get(name) != entry.head.get(name)]
    if differing:
        entry.problem = f"rows {entry.first_row} and {row.number} of one receipt differ in {', '.join(differing)}"
    # One line more than a receipt may have is enough to refuse it; a file of one endless receipt stays small here.
    if len(entry.lines) <= LINES_MAX:
        entry.lines.append(row.fields)


def _spoil(entry: Entry, broken: Row) -> None:
    entry.last_row = max(entry.last_row, broken.number)
    entry.problem = entry.problem or f"row {broken.number}, which may belong to it, cannot be read: {broken.problem}"


def document_of(entry: Entry, digits: int) -> dict[str, object] | Invalid:
    """The receipt document of an entry; `digits` are the decimals of its currency."""
    if entry.problem is not None:
        return Invalid("rows_unreadable", (FieldError("receipt", entry.problem),))
    if entry.document is not None:
        return entry.document
    try:
        lines = [_line(line, digits) for line in entry.lines]
        total = _money(entry.head, "total", digits)
    except InvalidInput as error:
        return Invalid("invalid_input", (FieldError(str(error.facts["field"]), error.message),))
    head = entry.head
    identifiers = {name: _text(head[name]) for name in ("card", "phone") if head.get(name) is not None}
    return {
        **{name: _text(head.get(name)) for name in ("store", "till", "number", "currency", "checkout_id")},
        "occurred_at": head.get("occurred_at"),
        "business_date": head.get("business_date"),
        "total_minor": sum(amount for line in lines if isinstance(amount := line["amount_minor"], int))
        if total is None
        else total,
        "member": identifiers or None,
        "lines": lines,
    }


def _line(row: Mapping[str, Value], digits: int) -> dict[str, object]:
    line: dict[str, object] = {
        "product": _text(row.get("product")),
        "category": _text(row.get("category")),
        "quantity": _decimal(row, "quantity", 3),
        "amount_minor": _money(row, "amount", digits),
    }
    if row.get("line") is not None:
        line["line"] = _whole(row, "line")
    discount = _money(row, "discount", digits)
    if discount is not None:
        line["discount_minor"] = discount
    return line


def _money(row: Mapping[str, Value], name: str, digits: int) -> int | None:
    """Minor units, from whichever of both columns is there."""
    if row.get(f"{name}_minor") is not None:
        return _whole(row, f"{name}_minor")
    amount = _decimal(row, name, digits)
    return None if amount is None else int(amount.scaleb(digits))


def _whole(row: Mapping[str, Value], name: str) -> int:
    number = _decimal(row, name, 0)
    return 0 if number is None else int(number)


def _decimal(row: Mapping[str, Value], name: str, digits: int) -> Decimal | None:
    """The number in a column. Text must be exact; a float, which cannot be, is rounded to `digits` decimals."""
    value = row.get(name)
    if value is None:
        return None
    try:
        number = round(Decimal(value), digits) if isinstance(value, float) else Decimal(str(value))
        if number.is_finite() and number == round(number, digits):
            return number
        why = f"has more than {digits} decimals" if number.is_finite() else "is not a number"
    except InvalidOperation:
        why = "is not a number"
    raise InvalidInput(f"{name} {str(value)[:40]!r} {why}", field=name)


def _text(value: Value) -> str | None:
    """Codes that are digits come as numbers from typed columns."""
    return None if value is None else str(value)
