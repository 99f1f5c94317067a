"""Lines that a till's software wrote to records for the topic, checked and without any identifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from pydantic import ValidationError

from shared.contracts.envelope import wrap
from shared.contracts.receipt_checks import FieldError, Invalid, NotTaken, check_content, invalid_of
from shared.contracts.receipts import RECEIPT_BYTES_MAX, PosReceipt, ReceiptContent, ReceiptDocument, record_id
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from shared.contracts.envelope import Outgoing
    from shared.identity.tokeniser import Tokeniser

LINE_BYTES_MAX = 2 * RECEIPT_BYTES_MAX
"""Of a line as it is read: white space and long spellings do not count for the receipt itself."""
SOURCE = "/tills"
_BOM = b"\xef\xbb\xbf"


def lines_of(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Every line that is not blank, with its number from 1; None for one that is too long to hold."""
    number, rest_of_long = 0, False
    while part := stream.readline(LINE_BYTES_MAX + 1):
        ended = part.endswith(b"\n")
        if rest_of_long:
            rest_of_long = not ended
            continue
        number += 1
        if not ended and len(part) > LINE_BYTES_MAX:
            rest_of_long = True
            yield number, None
        elif line := part.removeprefix(_BOM).strip():
            yield number, line


class ReceiptReader:
    """Reads the receipts of one till."""

    def __init__(self, store: str, till: str, tokeniser: Tokeniser) -> None:
        self._own = {"store": store, "till": till}
        self._key = f"{store}/{till}"
        self._tokeniser = tokeniser

    def read(self, line: bytes | None) -> Outgoing | Invalid:
        """The record to send, or what is wrong with the line; no identifier is in either."""
        if line is None:
            return _too_large(f"more than {LINE_BYTES_MAX}")
        try:
            document = ReceiptDocument.model_validate(self._with_till(line))
            check_content(document)
            token = None if document.member is None else self._tokeniser.token_of(document.member)
        except NotTaken as refused:
            return refused.invalid
        except ValidationError as error:
            return invalid_of(error)
        except InvalidInput as error:
            return Invalid("invalid_input", (FieldError("member", error.message),))
        content = {name: getattr(document, name) for name in ReceiptContent.model_fields}
        receipt = PosReceipt.model_construct(member_token=token, **content)
        body = receipt.__pydantic_serializer__.to_json(receipt)
        if len(body) > RECEIPT_BYTES_MAX:
            return _too_large(str(len(body)))
        id_ = record_id(body)
        return wrap(
            receipt,
            key=self._key,
            event_id=id_,
            source=SOURCE,
            time=document.occurred_at,
            correlation_id=id_,
            causation_id=id_,
        )

    def _with_till(self, line: bytes) -> dict[str, object]:
        try:
            document = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise NotTaken("json_invalid", "line", f"is not JSON in UTF-8: {error.msg}") from None
        if not isinstance(document, dict):
            raise NotTaken("json_invalid", "line", "is no JSON object; a receipt is one, on one line")
        for field, own in self._own.items():
            if document.setdefault(field, own) != own:
                raise NotTaken("other_till", field, f"is not {own}, which this gateway sends for; start one for it")
        return document


def _too_large(size: str) -> Invalid:
    problem = f"receipt has {size} bytes; it may have {RECEIPT_BYTES_MAX}: split the sale in two receipts"
    return Invalid("too_large", (FieldError("receipt", problem),))
