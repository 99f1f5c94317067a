"""The stream of one template: who wrote which wording. Pure: whether it can be rendered was found out before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from services.notifications.domain.values import Channel, Language
from shared.kernel.decider import Decider, StreamId
from shared.kernel.messages import Command, DomainEvent

CATEGORY = "template"


class TemplateSaved(DomainEvent):
    """The wording from now on."""

    type: ClassVar[str] = "template_saved"

    code: str
    channel: Channel
    language: Language
    subject: str | None
    body: str
    html: str | None


@dataclass(frozen=True, slots=True)
class SaveTemplate(Command):
    """Gives a template a wording."""

    code: str
    channel: Channel
    language: Language
    subject: str | None
    body: str
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """What a template says; nothing before it was first saved."""

    saved: TemplateSaved | None = None


def template_stream(code: str, channel: Channel, language: Language) -> StreamId:
    """The stream of one template in one language for one channel."""
    return StreamId(CATEGORY, f"{code}.{channel}.{language}")


def decide(command: SaveTemplate, wording: Wording) -> Sequence[TemplateSaved]:
    """A new version, unless it says the same as before."""
    saved = TemplateSaved(
        code=command.code,
        channel=command.channel,
        language=command.language,
        subject=command.subject,
        body=command.body,
        html=command.html,
    )
    return [] if wording.saved == saved else [saved]


def evolve(_wording: Wording, event: TemplateSaved) -> Wording:
    """The newest one stands."""
    return Wording(event)


TEMPLATE: Decider[SaveTemplate, TemplateSaved, Wording] = Decider(
    category=CATEGORY,
    state_type=Wording,
    events=(TemplateSaved,),
    initial_state=Wording,
    decide=decide,
    evolve=evolve,
)
