"""Words that every part of the service shares. The same as in the contracts, which a domain does not import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple
from uuid import UUID

Channel = Literal["sms", "email", "phone", "post", "wechat", "app"]
Purpose = Literal["marketing", "membership"]
Language = Literal["zh-CN", "en"]
Rule = Literal[
    "erased",
    "consent",
    "suppression_list",
    "complaint_open",
    "hold_out",
    "frequency_cap",
    "quiet_hours",
    "campaign_over",
    "too_late",
    "no_address",
    "template",
]
"""What may stand between a message and its member."""
Reach = Literal["marketing", "everything"]
"""What a suppression keeps away: a wrong number must not hear of points either."""
CallOutcome = Literal["done", "no_answer", "not_interested", "wrong_number"]

GLOBAL = "global"
"""The experiment whose hold-out gets no marketing at all; every other experiment is a campaign's id."""
CALL_LIST: Channel = "phone"
"""The channel whose provider is our own staff."""


class Due(NamedTuple):
    """A message whose time has come."""

    message_id: UUID
    customer_id: UUID
    campaign_id: UUID | None


class Attempting(NamedTuple):
    """A message whose attempt was begun and has no outcome."""

    message_id: UUID
    customer_id: UUID
    attempt: int
    channel: Channel
    sender: UUID


@dataclass(frozen=True, slots=True)
class Template:
    """The wording of one message in one language for one channel."""

    code: str
    channel: Channel
    language: Language
    body: str
    subject: str | None = None
    html: str | None = None


TemplateKey = tuple[str, Channel, Language]
