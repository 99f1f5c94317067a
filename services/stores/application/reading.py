"""Bytes and dictionaries to receipt documents. What is broken as a whole is refused; else each receipt for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import TypeAdapter, ValidationError

from services.stores.application.documents import RECEIPTS_MAX, ReceiptBatch, ReceiptDocument
from shared.access.problems import JSON_DEPTH_MAX, Malformed, depth_of, field_path
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

_ERRORS_SHOWN_MAX = 20
_VALUE_LENGTH_MAX = 80
_BATCH = TypeAdapter(ReceiptBatch)
_DOCUMENTS = TypeAdapter(list[ReceiptDocument])
_DOCUMENT = TypeAdapter(ReceiptDocument)


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


def read_body(raw: bytes) -> list[ReceiptDocument | Invalid]:
    """The receipts in the body of `POST /receipts`, in order.

    Raises `Malformed` for what is not JSON, naming where, and `InvalidInput` for another shape.
    """
    try:
        return list(_BATCH.validate_json(raw).receipts)
    except ValidationError:
        return read_each(_receipts_in(raw))


def read_documents(documents: Sequence[object]) -> list[ReceiptDocument | Invalid]:
    """The receipts in parsed documents, in order."""
    try:
        return list(_DOCUMENTS.validate_python(documents))
    except ValidationError:
        return read_each(documents)


def read_each(documents: Sequence[object]) -> list[ReceiptDocument | Invalid]:
    """One by one, so that each receipt answers for itself."""
    return [_read_one(document) for document in documents]


def _read_one(document: object) -> ReceiptDocument | Invalid:
    try:
        return _DOCUMENT.validate_python(document)
    except ValidationError as error:
        return _invalid(error)


def _receipts_in(raw: bytes) -> list[object]:
    try:
        body = orjson.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        msg = f"the body is not UTF-8 at byte {error.start}; encode the JSON as UTF-8"
        raise Malformed(msg) from None
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the body is not JSON: {error}") from None
    if depth_of(body) > JSON_DEPTH_MAX:
        raise TooDeep
    receipts = body.get("receipts") if isinstance(body, dict) else None
    if not isinstance(receipts, list) or body.keys() != {"receipts"}:
        msg = 'the body must be an object with the one field receipts: {"receipts": [...]}'
        raise InvalidInput(msg, field="receipts")
    if not 1 <= len(receipts) <= RECEIPTS_MAX:
        msg = f"receipts has {len(receipts)} items; send 1 to {RECEIPTS_MAX} in one request"
        raise InvalidInput(msg, field="receipts", value=len(receipts), limit=RECEIPTS_MAX)
    return receipts


class TooDeep(InvalidInput):
    """Nested deeper than any receipt is."""

    code = "too_deep"

    def __init__(self) -> None:
        super().__init__(f"the JSON is nested deeper than {JSON_DEPTH_MAX} levels; a receipt needs 5")


def _invalid(error: ValidationError) -> Invalid:
    found: dict[str, FieldError] = {}
    for item in error.errors(include_url=False, include_context=False):
        field = field_path(_without_kinds(item["loc"])) if item["loc"] else "receipt"
        # Of a field with two ways to read it, the last one's message is the general one.
        found[field] = FieldError(field, item["msg"], _shown(item["loc"], item["input"], item["type"]))
    return Invalid("invalid_input", tuple(found.values())[:_ERRORS_SHOWN_MAX])


def _without_kinds(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Pydantic appends to `quantity` which way of reading it failed: no field of ours."""
    return location[: location.index("quantity") + 1] if "quantity" in location else location


def _shown(location: tuple[int | str, ...], value: Any, kind: str) -> str | int | float | None:  # noqa: ANN401 - whatever came
    """The value, unless it is long or could be somebody's: an identifier, or a field that we do not know."""
    personal = kind == "extra_forbidden" or "member" in location
    if personal or not isinstance(value, str | int | float) or len(str(value)) > _VALUE_LENGTH_MAX:
        return None
    return value
