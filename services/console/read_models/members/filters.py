"""Which members a list shows, and in which order: conditions and keys of its query."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

import orjson

from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.console.read_models.members.view import RfmClass, Stage

Sort = Literal[
    "-last_purchase",
    "last_purchase",
    "-spend",
    "spend",
    "-visits",
    "visits",
    "-points",
    "points",
    "-registered",
    "registered",
]
KEYS: dict[str, tuple[str, str]] = {
    "last_purchase": ("b.last_purchase", "date"),
    "spend": ("b.spend_minor", "bigint"),
    "visits": ("b.visits", "bigint"),
    "points": ("m.points", "bigint"),
    "registered": ("m.registered_at", "timestamptz"),
}
"""What each order goes by, and its type. Who has none of it comes last, up and down."""
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def _check_whole(text: str) -> None:
    if not _WHOLE_NUMBER.fullmatch(text):
        raise ValueError(text)


_CHECKS: dict[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "bigint": _check_whole,
    "timestamptz": datetime.fromisoformat,
}
"""What raises a `ValueError` for a text that is none of a type."""

KNOWN_AT = """
m.customer_id in (select customer_id from member_stores where store_id = %(store)s
                  union all
                  select customer_id from member_openings where store_id = %(store)s and until is null)
"""
"""Who bought or registered in a store."""

_EQUAL = {
    "lifecycle": "lifecycle",
    "rfm": "rfm_class",
    "r": "r",
    "f": "f",
    "complaint_open": "complaint_open",
    "registered_on": "registered_on",
    "home_store": "home_store",
}
"""Parts that a column must equal."""
_AGREED = "select from member_consents c where c.customer_id = m.customer_id and c.given"


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Every part narrows the list; None leaves it as it is."""

    store: str | None = None
    lifecycle: Stage | None = None
    rfm: RfmClass | None = None
    r: int | None = None
    f: int | None = None
    segment: str | None = None
    contactable: str | None = None
    """A channel, or `any`."""
    complaint_open: bool | None = None
    uncontacted_days: int | None = None
    rfm_in: tuple[RfmClass, ...] | None = None
    registered_on: date | None = None
    home_store: str | None = None

    def conditions(self) -> Iterator[str]:
        """Conditions on a row `m` of members; their parameters are the fields."""
        for name, column in _EQUAL.items():
            if getattr(self, name) is not None:
                yield f"m.{column} = %({name})s"
        if self.rfm_in is not None:
            yield "m.rfm_class = any(%(rfm_in)b::text[])"
        if self.store is not None:
            yield KNOWN_AT
        if self.segment is not None:
            yield "m.customer_id in (select customer_id from member_segments where segment = %(segment)s and inside)"
        if self.contactable is not None:
            channel = "" if self.contactable == "any" else "and c.channel = %(contactable)s"
            yield f"not m.complaint_open and exists ({_AGREED} {channel})"
        if self.uncontacted_days is not None:
            yield "(m.contacted_at is null or m.contacted_at < %(now)s - %(uncontacted_days)s * interval '1 day')"

    def named(self) -> dict[str, str]:
        """The parts that narrow it, as texts."""
        return {name: str(value) for name, value in asdict(self).items() if value is not None}

    def parameters(self) -> dict[str, object]:
        """What the conditions name."""
        return asdict(self) | {"rfm_in": None if self.rfm_in is None else list(self.rfm_in)}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the last row's key, None where it had none, and its member."""

    value: str | None
    customer_id: UUID

    def cursor(self) -> str:
        """As callers carry it."""
        return base64.urlsafe_b64encode(orjson.dumps([self.value, str(self.customer_id)])).decode()


def place_of(cursor: str, sort: Sort) -> Place:
    """The place that a cursor names in an order. Raises `InvalidInput`."""
    try:
        value, customer_id = orjson.loads(base64.urlsafe_b64decode(cursor))
        if value is not None:
            _CHECKS[KEYS[sort.removeprefix("-")][1]](value)
        return Place(value, UUID(customer_id))
    except (binascii.Error, ValueError, TypeError, AttributeError):
        pass
    msg = "cursor is none of this list in this order; pass next_cursor of the page before, or leave it out to begin"
    raise InvalidInput(msg, field="cursor")
