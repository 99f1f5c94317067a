"""By which channels somebody may be contacted for marketing. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

WhyNot = Literal["no_consent", "complaint_open"]


class Allowed(NamedTuple):
    """A channel, and why it may not be used, if so."""

    channel: str
    why_not: WhyNot | None


def may_contact(channels: Sequence[str], agreed: Collection[str], *, complaint_open: bool) -> list[Allowed]:
    """Each of `channels`: she must have agreed to it, and have no complaint open."""
    return [
        Allowed(channel, "no_consent" if channel not in agreed else "complaint_open" if complaint_open else None)
        for channel in channels
    ]
