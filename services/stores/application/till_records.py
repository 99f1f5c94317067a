"""Records of `pos.receipts.v1` to receipts, whoever wrote them: CloudEvents or plain JSON, without any header.

Nothing that a till wrote wrongly is kept: its bytes could hold a card or a phone number. Such a record becomes an
`Invalid`, which is refused by code and place. Only what may become right by itself is parked with its bytes: a
receipt of a store that is not registered yet, and a version of the contract that is newer than this release.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from shared.contracts.base import View
from shared.contracts.envelope import read_traceparent
from shared.contracts.receipt_checks import FieldError, Invalid, invalid_of
from shared.contracts.receipts import EARLIEST, RECEIPT_BYTES_MAX, PosReceipt, record_id
from shared.kernel.ids import derived_id
from shared.kernel.messages import Cause
from shared.messaging.decode import Undecodable
from shared.messaging.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.messaging.message import Record

SOURCE = "/tills"
_LATER_VERSION = re.compile(r"pos\.receipt\.v([0-9]{1,4})")
_IDENTIFIERS = frozenset({"member", "card", "phone", "email", "mobile", "customer"})


class ReceiptView(PosReceipt, View):
    """The whole document, as strictly as the contract: an unknown field could be somebody's number."""

    model_config = PosReceipt.model_config


def read_record(record: Record, views: Mapping[str, type[View]]) -> Message[Any] | None:  # noqa: ARG001 - Decode's shape
    """Reads a record for the receipts' consumer (`shared.messaging.decode.Decode`)."""
    # An Invalid is no View: such a message says only that something came, and the consumer refuses it.
    read: Any = _typed(record) or _read(record.body)
    if isinstance(read, Invalid):
        # It is known by its place: two that are equally broken are two. Nobody asks when it was sold.
        event_id, occurred_at = derived_id("unread", record.topic, record.partition, record.offset), EARLIEST
    else:
        event_id, occurred_at = record_id(record.body or b""), read.occurred_at
    cause = Cause(event_id, event_id, occurred_at, SOURCE, read_traceparent(record.headers))
    return Message(record, event_id, SOURCE, PosReceipt.type, read, cause)


def _typed(record: Record) -> Invalid | None:
    """What is wrong with the type that the headers give; a record without one is a receipt of version 1."""
    type_ = orjson.loads(record.headers).get("ce_type") or PosReceipt.type
    if type_ == PosReceipt.type:
        return None
    later = _LATER_VERSION.fullmatch(type_)
    if later is not None:
        code = "version_unknown"
        raise Undecodable(code, f"pos.receipt version {later[1]} is newer than this release")
    problem = f"header ce_type is another; this topic holds {PosReceipt.type} only, and needs no headers"
    return Invalid("type_unknown", (FieldError("header ce_type", problem),))


def _read(body: bytes | None) -> ReceiptView | Invalid:
    if body is None:
        return Invalid("body_missing", (FieldError("body", "body is missing; a receipt is a JSON object"),))
    if len(body) > RECEIPT_BYTES_MAX:
        problem = f"receipt has {len(body)} bytes, more than {RECEIPT_BYTES_MAX}; split the sale in two receipts"
        return Invalid("too_large", (FieldError("receipt", problem),))
    try:
        return ReceiptView.model_validate_json(body)
    except ValidationError as error:
        return _told(error)


def _told(error: ValidationError) -> Invalid:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return Invalid("json_invalid", (FieldError("body", f"body is not JSON in UTF-8: {found[0]['msg']}"),))
    if any(item["type"] == "extra_forbidden" and item["loc"][-1] in _IDENTIFIERS for item in found):
        problem = "member is named by an identifier; only a member_token may be on this topic, see docs/intake.md"
        return Invalid("raw_identifier", (FieldError("member", problem),))
    return invalid_of(error)
