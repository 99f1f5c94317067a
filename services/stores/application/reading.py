"""Bytes and dictionaries to receipt documents. What is broken as a whole is refused; else each receipt for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from pydantic import TypeAdapter, ValidationError

from services.stores.application.documents import RECEIPTS_MAX, ReceiptBatch
from shared.access.problems import JSON_DEPTH_MAX, Malformed, depth_of
from shared.contracts.receipt_checks import Invalid, invalid_of
from shared.contracts.receipts import ReceiptDocument
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

_BATCH = TypeAdapter(ReceiptBatch)
_DOCUMENTS = TypeAdapter(list[ReceiptDocument])
_DOCUMENT = TypeAdapter(ReceiptDocument)


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
        return invalid_of(error)


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
