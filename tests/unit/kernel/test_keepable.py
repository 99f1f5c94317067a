"""A text that PostgreSQL would take and never read again does not become history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import pytest

from shared.eventstore.store import EventStore
from shared.kernel.decider import StreamId
from shared.kernel.errors import InvalidInput
from shared.kernel.ids import derived_id
from shared.kernel.messages import Cause, DomainEvent

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Noted(DomainEvent):
    """Somebody wrote something down."""

    type: ClassVar[str] = "noted"
    texts: dict[str, str]


def kept(text: str) -> bytes:
    cause = Cause(id=derived_id("cause", text), correlation_id=derived_id("cause", text), actor="test", occurred_at=NOW)
    [recorded] = EventStore("notes", []).record(StreamId("note", "1"), 0, [Noted(texts={"note": text})], cause)
    return recorded.data


@pytest.mark.parametrize("text", ["\x00", "before\x00after", "a backslash \\ and \x00", "\\\x00", "\\\\\x00"])
def test_an_event_with_nul_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"noted would hold a text with the character NUL \(U\+0000\)"):
        kept(text)


@pytest.mark.parametrize("text", ["", "\\u0000", "\\\\u0000", "C:\\u0000 \\", "\x01", "熟客"])
def test_what_only_looks_like_it_is_kept(text: str) -> None:
    assert Noted.model_validate_json(kept(text)).texts == {"note": text}
