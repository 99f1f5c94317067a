"""What callers send about campaigns."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from shared.kernel.text import CONTROL_FREE

VERSION_MAX = 2**31 - 1

Reason = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, pattern=CONTROL_FREE, strip_whitespace=True),
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Approval(_Body):
    """Lets a campaign run."""

    version: int | None = Field(
        default=None,
        ge=1,
        le=VERSION_MAX,
        description="The version that the approver has read: another one is refused. Left out: the one that waits.",
    )


class Return(_Body):
    """Sends a campaign back."""

    reason: Reason = Field(description="What to change. It names no member: it is kept for ever.")


class Schedule(_Body):
    """Sets when a campaign begins by itself."""

    starts_at: AwareDatetime | None = Field(
        default=None,
        description="In business time, with an offset. Left out: as its definition says, else at once.",
    )


class Stop(_Body):
    """Ends a campaign for good."""

    reason: Reason | None = Field(default=None, description="Why. It names no member: it is kept for ever.")


class GlobalHoldOut(_Body):
    """Sets who gets no marketing at all."""

    percent: int = Field(ge=0, le=50, description="Of all members that may be contacted.")
