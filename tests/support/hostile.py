"""Records as a stranger may write them, and what it means to break one. The ways to break one: `hostile_cases`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shared.contracts.envelope import decode_headers
from shared.contracts.examples import EXAMPLES
from shared.kernel.ids import derived_id
from tests.support.records import wrapped

if TYPE_CHECKING:
    from shared.contracts.base import IntegrationEvent

DIGITS = "13987654321"
CANARY = f"Zanzibar{DIGITS}"

Header = tuple[str | bytes, bytes | None]


@dataclass(frozen=True)
class Raw:
    """A record as a producer sends it."""

    topic: str
    type: str
    key: bytes | None
    headers: tuple[Header, ...]
    value: bytes | None

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.value or b"")

    def with_header(self, name: str, value: bytes | None) -> Raw:
        return replace(self, headers=(*(h for h in self.headers if h[0] != name), (name, value)))

    def with_text(self, text: str) -> Raw:
        return replace(self, value=text.encode())

    def with_fields(self, **fields: object) -> Raw:
        return self.with_text(json.dumps(self.body | fields))

    def with_json(self, field: str, written: str) -> Raw:
        """The field's value as it is written in JSON, whether or not it is any."""
        return self.with_text(json.dumps(self.body | {field: 0}).replace(f'"{field}": 0', f'"{field}": {written}'))


_GOLDEN = {example.type: example for example in EXAMPLES}


def good(type_: str, name: str, *, key: str | None = None) -> Raw:
    """A record that every reader of `type_` handles, about nothing that another record is about."""
    ids = {
        "customer_id": derived_id("hostile", "customer", name),
        "receipt_id": derived_id("hostile", "receipt", name),
        "token": hashlib.sha256(name.encode()).hexdigest(),
        "tokens": (hashlib.sha256(name.encode()).hexdigest(),),
        "number": name,
        "request_id": derived_id("hostile", "request", name),
        "message_id": derived_id("hostile", "message", name),
        "campaign_id": derived_id("hostile", "campaign", name),
        "redemption_id": derived_id("hostile", "redemption", name),
        "checkout_id": derived_id("hostile", "checkout", name),
    }
    golden = _GOLDEN[type_]
    event: IntegrationEvent = golden.model_copy(
        update={field: value for field, value in ids.items() if field in type(golden).model_fields},
    )
    record = wrapped(event, key or name, derived_id("hostile", type_, name))
    headers = tuple(decode_headers(record.headers).items())
    return Raw(event.topic, type_, record.key, headers, record.body)


@dataclass(frozen=True)
class Case:
    """One way to break a record.

    `outcome` is what each reader makes of it: `applied`, `passed_over`, or why it is parked. `field`: only for views
    that read it; others go on. `at_once`: also for readers who do not read the type, for they cannot tell.
    `receipts` is what the intake says, which keeps nothing of what is wrong: `applied`, `parked:...`, `refused:...`.
    """

    name: str
    breaks: Callable[[Raw], Raw]
    outcome: str
    receipts: str
    field: str | None = None
    at_once: bool = False
    costly: bool = False
    """Written once per topic, not for each of its types."""
