"""A person's data as the vault keeps it, and the mask under which it is usually shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import phonenumbers

if TYPE_CHECKING:
    from datetime import date

    from services.customers.application.birthdays import Calendar
    from services.customers.application.identifiers import Identifier

Language = Literal["zh-CN", "en"]

_SHORT_NUMBER = 8
_STARS_MAX = 3


@dataclass(frozen=True, slots=True)
class Profile:
    """Who somebody is. Nothing of it is shown by `repr`, so that no log line can hold it."""

    name: str | None = field(repr=False)
    birthday: date | None = field(repr=False)
    identifiers: tuple[Identifier, ...] = field(repr=False)
    language: Language = field(default="zh-CN", repr=False)
    """In which they are written to."""
    birthday_calendar: Calendar = field(default="solar", repr=False)
    """By which they celebrate their birthday."""


def mask_name(name: str) -> str:
    """`张*` for 张三: the first character, then at most three stars."""
    return name[:1] + "*" * min(len(name) - 1, _STARS_MAX) if len(name) > 1 else "*"


def mask_birthday(birthday: date) -> str:
    """`****-05-17`: the day that is celebrated, without the age."""
    return f"****-{birthday:%m-%d}"


def mask_identifier(identifier: Identifier) -> str:
    """`138****1234`, `****0042` or `w***@example.com`: enough to recognise, not enough to use."""
    match identifier.kind:
        case "phone":
            return _mask_phone(identifier.value)
        case "card":
            return "****" + identifier.value[len(identifier.value) - min(4, len(identifier.value) // 3) :]
        case "email":
            mailbox, _, domain = identifier.value.rpartition("@")
            return f"{mailbox[:1]}***@{domain}"


def _mask_phone(e164: str) -> str:
    national = str(phonenumbers.parse(e164).national_number)
    if len(national) <= _SHORT_NUMBER:
        return "****" + national[-2:]
    return f"{national[:3]}****{national[-4:]}"
