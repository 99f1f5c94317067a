"""Decoders of what campaigns, segments, messages and their lists are sent: rows for `tests.fuzz.decoders`."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import astuple
from datetime import date
from typing import get_args
from uuid import UUID

import orjson
from pydantic import TypeAdapter, ValidationError

from services.campaigns.domain.coupon.codes import coupon_id, written
from services.campaigns.domain.offers.definition import CampaignDraft
from services.campaigns.entrypoints import coupons
from services.campaigns.read_models.campaigns import query as campaigns
from services.console.read_models.members.filters import Sort, place_of
from services.customers.read_models.timeline import query as timeline
from services.loyalty.entrypoints.partners import Month
from services.notifications.application import mustache
from services.notifications.application.links import LinkInvalid, UnsubscribeLinks
from services.notifications.read_models.suppressions import query as suppressions
from services.segmentation.domain.rules.parsing import BadRule, parse_rule, to_document
from shared.kernel.errors import InvalidInput
from tests.fuzz.verdicts import assert_can_be_kept, checked

_ID = UUID(int=1)
_LINKS = UnsubscribeLinks(b"k" * 32, "https://shop.example")
_MONTH: TypeAdapter[str] = TypeAdapter(Month)
_OFFERS = [
    {"kind": "percent", "percent": "10.5", "max_minor": 5_000},
    {"kind": "fixed_price", "price_minor": 990, "conditions": {"hours": [{"from": "18:00", "to": "02:00"}]}},
    {"kind": "points", "factor": 3, "conditions": {"segment": "lifecycle.cooling", "stores": ["E1"]}},
    {"kind": "buy_x_get_y", "buy": 2, "same": "product", "conditions": {"categories": ["TEA"]}},
]
_DRAFT = {
    "code": "d",
    "name": {"zh-CN": "九折", "en": "10% off"},
    "days": 7,
    "budget": {"money_minor": 10_000, "currency": "CNY"},
    "message": {"template": "win-back", "channels": ["sms"], "values": {"offer": "x"}},
    "joint": {"claim_party": "us", "redeem_party": "tea", "shares": {"us": "33.33", "tea": "66.67"}},
}
_RULES = [
    {
        "kind": "all",
        "of": [{"kind": "lifecycle", "in": ["cooling"]}, {"kind": "not", "of": [{"kind": "all", "of": []}]}],
    },
    {"kind": "purchases", "measure": "receipts", "window_days": 180, "stores": ["367"], "min": 1},
]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _read_link(data: bytes) -> object:
    message_id, channel = _LINKS.read(_text(data))
    assert _LINKS.url(message_id, channel).endswith(_text(data)), "a link has two spellings"
    return channel


def _read_draft(data: bytes) -> object:
    with suppress(ValidationError):
        draft = CampaignDraft.model_validate_json(data)
        assert CampaignDraft.model_validate_json(draft.model_dump_json()) == draft, "what is kept says something else"
        return draft
    return None


def _read_rule(data: bytes) -> object:
    rule = parse_rule(orjson.loads(data))
    assert parse_rule(to_document(rule)) == rule, "what is kept says something else"
    return to_document(rule)


def _read_wording(data: bytes) -> object:
    parsed = mustache.parse(_text(data))
    values = dict.fromkeys(parsed.required | parsed.optional, "<{{x}}>\n")
    said = mustache.render(parsed, values, escape=True)
    assert "<{{" not in said.replace(_text(data), ""), "a value is not escaped"
    return None


def _read_month(data: bytes) -> object:
    with suppress(ValidationError):
        return date.fromisoformat(f"{_MONTH.validate_python(_text(data))}-01")
    return None


def _read_cursor(data: bytes) -> object:
    """As every list that makes its own cursors reads them. Routes let no control characters through."""
    text = _text(data)
    if text.isprintable():
        readers: list[Callable[[], tuple[object, object] | None]] = [
            lambda: timeline._read(text),
            lambda: suppressions._read(text),
            lambda: coupons._place(text),
            *(lambda sort=sort: astuple(place_of(text, sort)) for sort in get_args(Sort)),
            *(lambda sort=sort: campaigns._read_cursor(text, sort) for sort in get_args(campaigns.Sort)),
        ]
        for read in readers:
            with suppress(InvalidInput):
                assert_can_be_kept(read())
    return None


def _cursors() -> list[bytes]:
    moment = "2026-03-01T18:30:00+08:00"
    kinds: list[list[str | None]] = [
        ["newest", moment, str(_ID)],
        ["begins", "infinity", str(_ID)],
        ["code", "d", str(_ID)],
        ["2026-03-01", str(_ID)],
        [None, str(_ID)],
    ]
    made = [base64.urlsafe_b64encode(json.dumps(kind).encode()) for kind in kinds]
    return [*made, f"1.{_ID}".encode(), f"{_ID}.sms".encode(), f"{moment}~{_ID}".encode()]


Row = tuple[str, Callable[[bytes], object], Callable[[], Iterable[bytes]], int | None]
ROWS: tuple[Row, ...] = (
    (
        "unsubscribe-links",
        checked(_read_link, LinkInvalid),
        lambda: [_LINKS.url(_ID, "sms").rpartition("/")[2].encode()],
        None,
    ),
    ("coupon-codes", checked(lambda data: coupon_id(_text(data))), lambda: [written(b"0123456789").encode()], None),
    (
        "campaign-drafts",
        checked(_read_draft),
        lambda: [json.dumps(_DRAFT | {"offer": offer}).encode() for offer in _OFFERS],
        0,
    ),
    (
        "segment-rules",
        checked(_read_rule, BadRule, orjson.JSONDecodeError),
        lambda: [json.dumps(rule).encode() for rule in _RULES],
        0,
    ),
    (
        "template-wordings",
        checked(_read_wording, mustache.WordingInvalid),
        lambda: [b"Dear {{name}}, {{#code}}show {{code}}{{/code}}{{! said }}{{^code}}come{{/code}}"],
        None,
    ),
    ("statement-months", checked(_read_month), lambda: [b"2026-03"], None),
    ("cursors", checked(_read_cursor), _cursors, None),
)
