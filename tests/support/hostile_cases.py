"""Every way to break a record that we could think of, each with what a reader has to make of it.

Each broken record holds `CANARY` or `DIGITS` where it can, so that a test can look for what must not leave the record.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from shared.contracts.topics import RECORD_BYTES_MAX
from tests.support.hostile import CANARY, DIGITS, Case, Raw

LONG_KEY = random.Random(0).randbytes(10_000)  # noqa: S311 - the same in every run; nothing that packs well
TEXT = {
    "pos.receipts.v1": "till",
    "stores.sales.v1": "store_id",
    "stores.registry.v1": "region",
    "customers.identifier_linked.v1": "token",
    "customers.registered.v1": "home_store",
    "customers.member_opened.v1": "store_id",
    "segmentation.memberships.v1": "segment",
    "campaigns.funding_shared.v1": "redeemed_by",
    "notifications.requests.v1": "template",
}
"""A field of text that some reader keeps, by topic or type."""
ID = {"pos.receipts.v1": "checkout_id"}
NUMBER = {
    "pos.receipts.v1": "total_minor",
    "stores.sales.v1": "net_minor",
    "campaigns.funding_shared.v1": "discount_minor",
    "campaigns.bonus_points_due.v1": "points",
}
TIME = {"customers.member_opened.v1": "until", "notifications.requests.v1": "send_after"}
DATE = {"pos.receipts.v1": "business_date", "stores.sales.v1": "business_date"}
SHORT = {"stores.sales.v1": "currency"}


def cases(raw: Raw) -> list[Case]:
    """Every way to break a record like `raw`."""
    return [*_headers(), *_bodies(), *_sizes(), *_fields(raw), *_kinds(raw)]


def _headers() -> list[Case]:
    def broken(name: str, header: str, value: bytes | None, receipts: str = "applied") -> Case:
        breaks = partial(_with_header, header=header, value=value)
        return Case(name, breaks, "headers_invalid", receipts, at_once=True, costly=value is None)

    said = CANARY.encode()
    return [
        broken("id not UTF-8", "ce_id", b"\xff\xfe" + said),
        broken("id no UUID", "ce_id", said),
        broken("correlation no UUID", "ce_correlationid", said),
        broken("time without offset", "ce_time", b"2026-03-01T18:30:00"),
        broken("time no time", "ce_time", said),
        broken("time far away", "ce_time", b"9999-12-31T23:59:59Z"),
        broken("source null", "ce_source", None),
        broken("source with a space", "ce_source", b"/x " + said),
        broken("source long", "ce_source", said * 100),
        broken("type not ASCII", "ce_type", f"销售.{CANARY}.v1".encode(), "refused:type_unknown"),
        broken("type not UTF-8", "ce_type", b"\xff" + said, "refused:type_unknown"),
        Case(
            "headers missing",
            lambda raw: replace(raw, headers=(("x", said),)),
            "headers_invalid",
            "applied",
            at_once=True,
        ),
        Case(
            "id twice",
            lambda raw: replace(raw, headers=(*raw.headers, ("ce_id", said))),
            "headers_invalid",
            "applied",
            at_once=True,
        ),
        Case(
            "name not UTF-8",
            lambda raw: replace(raw, headers=((b"\xff\xfe" + said, b"x"),)),
            "headers_invalid",
            "applied",
            at_once=True,
            costly=True,
        ),
        Case(
            "traceparent not UTF-8",
            partial(_with_header, header="traceparent", value=b"\xff" + said),
            "applied",
            "applied",
        ),
        Case(
            "subject not UTF-8", partial(_with_header, header="ce_subject", value=b"\xff" + said), "applied", "applied"
        ),
        Case("key null", lambda raw: replace(raw, key=None), "key_missing", "applied"),
    ]


def _bodies() -> list[Case]:
    said = json.dumps(CANARY)
    return [
        Case("null", lambda raw: replace(raw, value=None), "body_missing", "refused:body_missing"),
        Case("empty", lambda raw: replace(raw, value=b""), "json_invalid", "refused:json_invalid"),
        Case(
            "corrupt",
            lambda raw: raw.with_text(f"{raw.with_fields(x=CANARY).value!r}"),
            "json_invalid",
            "refused:json_invalid",
        ),
        Case(
            "truncated",
            lambda raw: replace(raw, value=(raw.with_fields(x=CANARY).value or b"")[:-4]),
            "json_invalid",
            "refused:json_invalid",
        ),
        Case(
            "two documents",
            lambda raw: raw.with_text(json.dumps(raw.body) + said),
            "json_invalid",
            "refused:json_invalid",
        ),
        Case(
            "byte order mark",
            lambda raw: replace(raw, value=b"\xef\xbb\xbf" + (raw.value or b"")),
            "json_invalid",
            "refused:json_invalid",
        ),
        Case(
            "UTF-16",
            lambda raw: replace(raw, value=(raw.value or b"").decode().encode("utf-16")),
            "json_invalid",
            "refused:json_invalid",
        ),
        Case(
            "not UTF-8",
            lambda raw: replace(raw, value=b'{"\xff' + CANARY.encode() + b'": 1}'),
            "json_invalid",
            "refused:json_invalid",
        ),
        Case(
            "half a surrogate",
            lambda raw: raw.with_json("x", f'"\\ud800{CANARY}"'),
            "json_invalid",
            "refused:json_invalid",
        ),
        Case("a list", lambda raw: raw.with_text(f"[{said}]"), "schema_invalid", "refused:invalid_input"),
        Case("a text", lambda raw: raw.with_text(said), "schema_invalid", "refused:invalid_input"),
        Case("JSON's null", lambda raw: raw.with_text("null"), "schema_invalid", "refused:invalid_input"),
        Case("deep", partial(_deep, depth=1_000), "json_invalid", "refused:json_invalid"),
        Case(
            "number beyond reading",
            lambda raw: raw.with_json("x", "9" * 6_000),
            "json_invalid",
            "refused:json_invalid",
        ),
        Case("endlessly deep", partial(_deep, depth=100_000), "json_invalid", "refused:json_invalid"),
    ]


def _sizes() -> list[Case]:
    """Records as large as any may be."""
    padding = " " * (RECORD_BYTES_MAX - 8 * 1024)
    return [
        Case(
            "large and corrupt",
            lambda raw: raw.with_text(padding + CANARY),
            "json_invalid",
            "refused:too_large",
            costly=True,
        ),
        Case(
            "large and good",
            lambda raw: raw.with_text(padding + json.dumps(raw.body)),
            "applied",
            "refused:too_large",
            costly=True,
        ),
        Case(
            "long key",
            lambda raw: replace(raw, key=(raw.key or b"") + CANARY.encode() + LONG_KEY, value=b"{"),
            "json_invalid",
            "refused:json_invalid",
        ),
    ]


def _fields(raw: Raw) -> list[Case]:
    """A wrong value in a field, wherever `raw` has such a field."""
    said = json.dumps(CANARY)
    wanted: list[tuple[str, Mapping[str, str], str | None, str]] = [
        ("text long", TEXT, None, json.dumps(CANARY * 50_000)),
        ("text with NUL", TEXT, None, json.dumps(f"\x00{CANARY}")),
        ("text an object", TEXT, None, f"{{{said}: {said}}}"),
        ("currency long", SHORT, None, said),
        ("id no UUID", ID, "customer_id", said),
        ("id with NUL", ID, "customer_id", json.dumps(f"\x00{CANARY}")),
        ("number not finite", NUMBER, None, "NaN"),
        ("number infinite", NUMBER, None, "-Infinity"),
        ("number beyond a database", NUMBER, None, "9" * 40),
        ("number beyond a float", NUMBER, None, "1e999"),
        ("number a text", NUMBER, None, said),
        ("time without offset", TIME, "occurred_at", '"2026-03-01T18:30:00"'),
        ("date far away", DATE, None, '"9999-12-31"'),
        ("date no date", DATE, None, said),
    ]
    made = []
    for name, by_name, otherwise, written in wanted:
        field = by_name.get(raw.type) or by_name.get(raw.topic) or otherwise
        if field is not None and field in raw.body:
            breaks = partial(_with_json, field=field, written=written)
            receipts = f"refused:{_OTHERWISE_REFUSED.get(name, 'invalid_input')}"
            made.append(Case(name, breaks, "schema_invalid", receipts, field=field))
    return made


_OTHERWISE_REFUSED = {"text long": "too_large", "date far away": "business_date_away"}
"""By the intake, which looks at the size of a receipt before its fields, and at its store's calendar after them."""


def _kinds(raw: Raw) -> list[Case]:
    base = raw.type.rpartition(".v")[0]

    def typed(name: str, type_: str, outcome: str, receipts: str, *, at_once: bool = False) -> Case:
        breaks = partial(_with_header, header="ce_type", value=type_.encode())
        return Case(name, breaks, outcome, receipts, at_once=at_once)

    return [
        typed("newer version", f"{base}.v2", "version_unknown", "parked:version_unknown"),
        typed("version no number", f"{base}.v{DIGITS}", "version_unknown", "refused:type_unknown"),
        typed("unknown type", f"{CANARY}.happened.v1", "passed_over", "refused:type_unknown", at_once=True),
    ]


def _with_header(raw: Raw, header: str, value: bytes | None) -> Raw:
    return raw.with_header(header, value)


def _with_json(raw: Raw, field: str, written: str) -> Raw:
    return raw.with_json(field, written)


def _deep(raw: Raw, depth: int) -> Raw:
    return raw.with_json("x", "[" * depth + json.dumps(CANARY) + "]" * depth)
