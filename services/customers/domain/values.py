"""Values of the domain: tokens that stand for identifiers, and consents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.kernel.errors import InvalidInput

IdentifierKind = Literal["card", "phone", "email"]
Purpose = Literal["membership", "profiling", "marketing"]
Channel = Literal["sms", "email", "phone", "post", "wechat", "app"]


@dataclass(frozen=True, slots=True, order=True)
class MemberToken:
    """What tills know a customer by: a keyed hash of an identifier, never the identifier."""

    kind: IdentifierKind
    token: str


@dataclass(frozen=True, slots=True)
class ConsentScope:
    """What is consented to: marketing by one channel, or membership or profiling as a whole."""

    purpose: Purpose
    channel: Channel | None = None

    def __post_init__(self) -> None:
        if self.purpose == "marketing" and self.channel is None:
            message = "channel is missing; marketing is agreed to by channel: sms, email, phone, post, wechat or app"
            raise InvalidInput(message, field="channel")
        if self.purpose != "marketing" and self.channel is not None:
            message = f"channel {self.channel} cannot go with {self.purpose}; leave it out, only marketing has one"
            raise InvalidInput(message, field="channel", value=self.channel)


@dataclass(frozen=True, slots=True)
class Consent:
    """An agreement to `scope`, given after reading the text `text_version`."""

    scope: ConsentScope
    text_version: str
