"""Memberships as callers see them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

ZH = Field(description="The same in Chinese; null of what changed before it was told in Chinese too.")


class SegmentMemberView(BaseModel):
    """One member of a segment."""

    customer_id: UUID
    since: datetime
    reason: str
    reason_zh: str | None = ZH
    segment_version: int = Field(description="Of the rule by which she came in.")


class SegmentMembersPage(BaseModel):
    """Members in order of their ids. `next_cursor` is null on the last page."""

    items: list[SegmentMemberView]
    next_cursor: UUID | None


class MembershipView(BaseModel):
    """One segment that a member is in."""

    segment: str
    since: datetime
    reason: str
    reason_zh: str | None = ZH
    segment_version: int


class CustomerSegmentsView(BaseModel):
    """The segments that a member is in, by their codes."""

    customer_id: UUID
    items: list[MembershipView]


class WhyNode(BaseModel):
    """One node of the rule: what it asks, what was found of the member, and whether it holds."""

    kind: str
    holds: bool
    found: int | str | bool | None = Field(description="The value found; null for groups and for what is not known.")
    asked: dict[str, Any] = Field(description="The node's own fields, without its children.")
    text: str
    text_zh: str
    of: list[WhyNode]


class WhyView(BaseModel):
    """Why a member is in a segment, or is not: by the facts as they stand, today."""

    customer_id: UUID
    segment: str
    segment_version: int
    as_of: date
    inside: bool = Field(description="As kept and told; it follows `why.holds` within moments.")
    since: datetime | None = Field(description="Since when she is in, or has been out; null if she never was in.")
    reason: str | None
    reason_zh: str | None = ZH
    why: WhyNode
