"""A document and its store's registration to a receipt: defaults filled in, the member a token, the content hashed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from itertools import starmap
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from services.stores.domain.receipt.content import Receipt, SoldLine
from services.stores.domain.values import milli_of
from shared.contracts.receipt_checks import FieldError, Invalid, NotTaken, check_content
from shared.contracts.receipts import RECEIPT_BYTES_MAX, MemberDocument, PosReceipt, ReceiptDocument
from shared.kernel.errors import InvalidInput
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from services.stores.application.ports import KnownStore
    from shared.contracts.receipts import ReceiptContent
    from shared.identity.tokeniser import Tokeniser

BUSINESS_DAYS_AWAY_MAX = 1

_Line = tuple[int, str, str | None, int, int, int]
_zone = lru_cache(maxsize=512)(ZoneInfo)


@dataclass(frozen=True, slots=True)
class Named:
    """A receipt under the id that always follows from its store, till, business date and number."""

    receipt_id: UUID
    receipt: Receipt
    content_hash: str


def resolve(document: ReceiptContent, stores: Mapping[str, KnownStore], tokeniser: Tokeniser) -> Named | Invalid:
    """The receipt that `document` means, or what is wrong with it."""
    try:
        return _resolve(document, stores, tokeniser)
    except NotTaken as refused:
        return refused.invalid
    except InvalidInput as error:
        field = "member" if error.facts["field"] == "member" else f"member.{error.facts['field']}"
        return Invalid("invalid_input", (FieldError(field, error.message),))


def _resolve(document: ReceiptContent, stores: Mapping[str, KnownStore], tokeniser: Tokeniser) -> Named:
    store = _store(document, stores)
    check_content(document)
    instant = document.occurred_at.astimezone(UTC)
    local = instant.astimezone(_zone(store.time_zone))
    business_date = _business_date(document, local)
    lines = _lines(document)
    token = _member_token(document, tokeniser)
    head = (document.store, document.till, document.number, business_date, instant, store.currency)
    more = (document.total_minor, token, document.checkout_id)
    # The canonical content: positional, so that a field that joins later leaves the hash of old content alone;
    # of the moment it has the instant, for a zone's offset is what the world's time zone data say this year.
    canonical = orjson.dumps((head, more, lines))
    if len(canonical) > RECEIPT_BYTES_MAX:
        raise NotTaken(
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


def _member_token(document: ReceiptContent, tokeniser: Tokeniser) -> str | None:
    match document:
        case PosReceipt():
            return document.member_token
        case ReceiptDocument(member=MemberDocument() as member):
            return tokeniser.token_of(member)
        case _:
            return None


def _store(document: ReceiptContent, stores: Mapping[str, KnownStore]) -> KnownStore:
    store = stores.get(document.store)
    if store is None:
        problem = "is not registered; register it with POST /stores"
        raise NotTaken("unknown_store", "store", problem, document.store)
    if document.till not in store.tills:
        problem = f"is not a till of store {document.store}; register it with POST /stores/{document.store}/tills"
        raise NotTaken("unknown_till", "till", problem, document.till)
    if document.currency not in {None, store.currency}:
        problem = f"is not the store's currency, {store.currency}; leave it out, or register a store for it"
        raise NotTaken("unknown_currency", "currency", problem, document.currency)
    return store


def _business_date(document: ReceiptContent, local: datetime) -> date:
    given, by_clock = document.business_date, local.date()
    if given is None:
        return by_clock
    if abs((given - by_clock).days) > BUSINESS_DAYS_AWAY_MAX:
        problem = f"is more than {BUSINESS_DAYS_AWAY_MAX} day away from the sale, {local.isoformat()} in the store"
        raise NotTaken("business_date_away", "business_date", problem, given.isoformat())
    return given


def _lines(document: ReceiptContent) -> list[_Line]:
    return [
        (
            line.get("line") or position,
            line["product"],
            line.get("category"),
            milli_of(line["quantity"]),
            line["amount_minor"],
            line.get("discount_minor", 0),
        )
        for position, line in enumerate(document.lines, start=1)
    ]
