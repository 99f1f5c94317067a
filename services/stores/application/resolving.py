"""A document and its store's registration to a receipt: defaults filled in, the member a token, the content hashed."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from itertools import starmap
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from services.stores.application.documents import EARLIEST, LATEST, RECEIPT_BYTES_MAX
from services.stores.application.reading import FieldError, Invalid
from services.stores.domain.receipt.content import Receipt, SoldLine
from services.stores.domain.values import milli_of
from shared.identity.tokens import member_token, normalise
from shared.kernel.errors import InvalidInput
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from services.stores.application.documents import MemberDocument, ReceiptDocument
    from services.stores.application.ports import KnownStore

BUSINESS_DAYS_AWAY_MAX = 1

_Line = tuple[int, str, str | None, int, int, int]
_zone = lru_cache(maxsize=512)(ZoneInfo)


class Tokeniser:
    """Turns identifiers into tokens at the edge; nothing behind it sees an identifier."""

    def __init__(self, key: bytes, phone_region: str) -> None:
        self._key = key
        self._phone_region = phone_region

    def token_of(self, member: MemberDocument) -> str:
        """The token of the card or phone. Raises `InvalidInput`, which never repeats the identifier."""
        if (member.card is None) == (member.phone is None):
            raise InvalidInput("member needs card or phone, one of them: it says who the member is", field="member")
        if member.card is not None:
            return member_token(self._key, "card", normalise("card", member.card, self._phone_region))
        return member_token(self._key, "phone", normalise("phone", member.phone or "", self._phone_region))

    def veiled(self, request_hash: bytes) -> bytes:
        """A keyed hash of a request's hash: from the plain one of a short body, its phone number could be guessed."""
        return hmac.digest(self._key, b"request:" + request_hash, "sha256")


@dataclass(frozen=True, slots=True)
class Named:
    """A receipt under the id that always follows from its store, till, business date and number."""

    receipt_id: UUID
    receipt: Receipt
    content_hash: str


class _Refused(Exception):
    """A document that cannot be taken, for one reason."""

    def __init__(self, code: str, field: str, problem: str, value: str | int | None = None) -> None:
        super().__init__(code)
        subject = field if value is None else f"{field} {value}"
        self.invalid = Invalid(code, (FieldError(field, f"{subject} {problem}", value),))


def resolve(document: ReceiptDocument, stores: Mapping[str, KnownStore], tokeniser: Tokeniser) -> Named | Invalid:
    """The receipt that `document` means, or what is wrong with it."""
    try:
        return _resolve(document, stores, tokeniser)
    except _Refused as refused:
        return refused.invalid
    except InvalidInput as error:
        field = "member" if error.facts["field"] == "member" else f"member.{error.facts['field']}"
        return Invalid("invalid_input", (FieldError(field, error.message),))


def _resolve(document: ReceiptDocument, stores: Mapping[str, KnownStore], tokeniser: Tokeniser) -> Named:
    store = _store(document, stores)
    instant = _instant(document)
    local = instant.astimezone(_zone(store.time_zone))
    business_date = _business_date(document, local)
    lines = _lines(document)
    token = None if document.member is None else tokeniser.token_of(document.member)
    head = (document.store, document.till, document.number, business_date, instant, store.currency)
    more = (document.total_minor, token, document.checkout_id)
    # The canonical content: positional, so that a field that joins later leaves the hash of old content alone;
    # of the moment it has the instant, for a zone's offset is what the world's time zone data say this year.
    canonical = orjson.dumps((head, more, lines))
    if len(canonical) > RECEIPT_BYTES_MAX:
        raise _Refused(
            "too_large",
            "receipt",
            f"has {len(canonical)} bytes, more than {RECEIPT_BYTES_MAX}; split the sale in two receipts",
        )
    receipt = Receipt(
        store_id=document.store,
        till_id=document.till,
        number=document.number,
        business_date=business_date,
        occurred_at=local,
        currency=store.currency,
        total_minor=document.total_minor,
        member_token=token,
        checkout_id=document.checkout_id,
        lines=tuple(starmap(SoldLine, lines)),
    )
    # The number comes last: it alone may hold the separator of derived ids.
    receipt_id = derived_id("receipt", document.store, document.till, business_date, document.number)
    return Named(receipt_id, receipt, hashlib.sha256(canonical).hexdigest())


def _store(document: ReceiptDocument, stores: Mapping[str, KnownStore]) -> KnownStore:
    store = stores.get(document.store)
    if store is None:
        problem = "is not registered; register it with POST /stores"
        raise _Refused("unknown_store", "store", problem, document.store)
    if document.till not in store.tills:
        problem = f"is not a till of store {document.store}; register it with POST /stores/{document.store}/tills"
        raise _Refused("unknown_till", "till", problem, document.till)
    if document.currency not in {None, store.currency}:
        problem = f"is not the store's currency, {store.currency}; leave it out, or register a store for it"
        raise _Refused("unknown_currency", "currency", problem, document.currency)
    return store


def _instant(document: ReceiptDocument) -> datetime:
    if not EARLIEST <= document.occurred_at < LATEST:
        problem = "is before 1990 or after 2199; set the till's clock"
        raise _Refused("invalid_input", "occurred_at", problem, document.occurred_at.isoformat())
    return document.occurred_at.astimezone(UTC)


def _business_date(document: ReceiptDocument, local: datetime) -> date:
    given, by_clock = document.business_date, local.date()
    if given is None:
        return by_clock
    if abs((given - by_clock).days) > BUSINESS_DAYS_AWAY_MAX:
        problem = f"is more than {BUSINESS_DAYS_AWAY_MAX} day away from the sale, {local.isoformat()} in the store"
        raise _Refused("business_date_away", "business_date", problem, given.isoformat())
    return given


def _lines(document: ReceiptDocument) -> list[_Line]:
    lines: list[_Line] = []
    total = 0
    for position, line in enumerate(document.lines, start=1):
        amount, discount = line["amount_minor"], line.get("discount_minor", 0)
        if amount < 0 or discount < 0:
            field = "amount_minor" if amount < 0 else "discount_minor"
            raise _negative(f"lines[{position - 1}].{field}", min(amount, discount))
        total += amount
        number = line.get("line") or position
        quantity = milli_of(line["quantity"])
        lines.append((number, line["product"], line.get("category"), quantity, amount, discount))
    if document.total_minor < 0:
        raise _negative("total_minor", document.total_minor)
    if total != document.total_minor:
        problem = f"is not the sum of the lines' amounts, {total}; send every line with what was asked for it"
        raise _Refused("total_differs", "total_minor", problem, document.total_minor)
    if len({line[0] for line in lines}) != len(lines):
        problem = "have a line number twice; leave the numbers out or make them differ"
        raise _Refused("line_twice", "lines", problem)
    return lines


def _negative(field: str, value: int) -> _Refused:
    problem = "is negative; what comes back is a return: POST /receipts/{id}/returns"
    return _Refused("negative_amount", field, problem, value)
