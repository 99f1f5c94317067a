"""A profile as the vault seals it: a JSON document whose schema version is sealed into it.

Version 2 added the language and the calendar of the birthday, and the row of `birthday_index`; version 3 the row of
`search_index`, and nothing in the document.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import orjson

from services.customers.adapters.sealing import seal, unseal
from services.customers.application.identifiers import Identifier
from services.customers.application.profile import Profile

if TYPE_CHECKING:
    from uuid import UUID

SCHEMA_VERSION = 3


def seal_profile(key: bytes, owner: UUID, profile: Profile) -> bytes:
    """The profile, sealed for its owner in the newest version."""
    document = orjson.dumps(
        {
            "name": profile.name,
            "birthday": profile.birthday,
            "identifiers": [(identifier.kind, identifier.value) for identifier in profile.identifiers],
            "language": profile.language,
            "birthday_calendar": profile.birthday_calendar,
        },
    )
    return seal(key, document, owner=owner, purpose=_purpose(SCHEMA_VERSION))


def unseal_profile(key: bytes, owner: UUID, sealed: bytes, schema_version: int) -> Profile:
    """The profile that was sealed in any version. Raises `VaultError`, also for another version than it claims."""
    document = orjson.loads(unseal(key, sealed, owner=owner, purpose=_purpose(schema_version)))
    return Profile(
        name=document["name"],
        birthday=date.fromisoformat(document["birthday"]) if document["birthday"] else None,
        identifiers=tuple(Identifier(kind, value) for kind, value in document["identifiers"]),
        language=document.get("language", "zh-CN"),
        birthday_calendar=document.get("birthday_calendar", "solar"),
    )


def _purpose(schema_version: int) -> bytes:
    return f"profile:{schema_version}".encode()
