"""What is wrong with a receipt, as far as it can be told without knowing its store.

The intake and a till's gateway check with the same code: what a gateway takes is not refused later for its content.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.contracts.receipts import EARLIEST, LATEST
from shared.kernel.text import field_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError

    from shared.contracts.receipts import ReceiptContent

_ERRORS_SHOWN_MAX = 20
_VALUE_LENGTH_MAX = 80
_FIELD_NAME = re.compile("[A-Za-z_]{1,32}")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with one field; the value is shown where it cannot be personal."""

    field: str
    problem: str
    value: str | int | float | None = None


@dataclass(frozen=True, slots=True)
class Invalid:
    """A receipt that cannot be taken. `code` is stable; there is at least one error."""

    code: str
    errors: tuple[FieldError, ...]


class NotTaken(Exception):
    """A receipt that cannot be taken, for one reason."""

    def __init__(self, code: str, field: str, problem: str, value: str | int | None = None) -> None:
        super().__init__(code)
        subject = field if value is None else f"{field} {value}"
        self.invalid = Invalid(code, (FieldError(field, f"{subject} {problem}", value),))


def told(errors: Iterable[FieldError]) -> str:
    """All that is wrong, in one line."""
    return "; ".join(e.problem if e.problem.startswith(e.field) else f"{e.field}: {e.problem}" for e in errors)


def check_content(document: ReceiptContent) -> None:
    """Raises `NotTaken` for a broken clock, and for lines that do not add up."""
    if not EARLIEST <= document.occurred_at < LATEST:
        problem = "is before 1990 or after 2199; set the till's clock"
        raise NotTaken("invalid_input", "occurred_at", problem, document.occurred_at.isoformat())
    total = 0
    numbers: set[int] = set()
    for position, line in enumerate(document.lines, start=1):
        amount, discount = line["amount_minor"], line.get("discount_minor", 0)
        if amount < 0 or discount < 0:
            field = "amount_minor" if amount < 0 else "discount_minor"
            raise _negative(f"lines[{position - 1}].{field}", min(amount, discount))
        total += amount
        numbers.add(line.get("line") or position)
    if document.total_minor < 0:
        raise _negative("total_minor", document.total_minor)
    if total != document.total_minor:
        problem = f"is not the sum of the lines' amounts, {total}; send every line with what was asked for it"
        raise NotTaken("total_differs", "total_minor", problem, document.total_minor)
    if len(numbers) != len(document.lines):
        problem = "have a line number twice; leave the numbers out or make them differ"
        raise NotTaken("line_twice", "lines", problem)


def _negative(field: str, value: int) -> NotTaken:
    problem = "is negative; what comes back is a return: POST /receipts/{id}/returns"
    return NotTaken("negative_amount", field, problem, value)


def invalid_of(error: ValidationError) -> Invalid:
    """The fields that are not as the contract says."""
    found: dict[str, FieldError] = {}
    for item in error.errors(include_url=False, include_context=False):
        field = _field(item["loc"], item["type"])
        # Of a field with two ways to read it, the last one's message is the general one.
        found[field] = FieldError(field, item["msg"], _shown(item["loc"], item["input"], item["type"]))
    return Invalid("invalid_input", tuple(found.values())[:_ERRORS_SHOWN_MAX])


def _field(location: tuple[int | str, ...], kind: str) -> str:
    if kind == "extra_forbidden" and not _FIELD_NAME.fullmatch(str(location[-1])):
        # What stands where a field's name belongs could be anybody's number.
        location = (*location[:-1], "(a name with other characters than letters)")
    return field_path(_without_kinds(location)) if location else "receipt"


def _without_kinds(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Pydantic appends to `quantity` which way of reading it failed: no field of ours."""
    return location[: location.index("quantity") + 1] if "quantity" in location else location


def _shown(location: tuple[int | str, ...], value: Any, kind: str) -> str | int | float | None:  # noqa: ANN401 - whatever came
    """The value, unless it is long or could be somebody's: an identifier, or a field that we do not know."""
    personal = kind == "extra_forbidden" or not {"member", "member_token"}.isdisjoint(location)
    if personal or not isinstance(value, str | int | float) or len(str(value)) > _VALUE_LENGTH_MAX:
        return None
    return value
