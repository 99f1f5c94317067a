"""From an attempt and an address to what is delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from services.notifications.application.mustache import ValuesMissing, WordingInvalid
from services.notifications.application.ports import Delivery, Withheld
from services.notifications.application.rendering import TemplateNotFound, choose, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from services.notifications.application.links import UnsubscribeLinks
    from services.notifications.application.ports import MessageValues, Released, Templates
    from services.notifications.domain.contact.events import AttemptBegun
    from services.notifications.domain.values import Template, TemplateKey


class Composer:
    """Reads what a batch needs in two queries."""

    def __init__(self, templates: Templates, message_values: MessageValues, links: UnsubscribeLinks) -> None:
        self._templates = templates
        self._values = message_values
        self._links = links

    def prepare(self, connection: Connection, attempts: Sequence[AttemptBegun]) -> Wordings:
        """Everything that `attempts` say but for the members' own data."""
        return Wordings(
            self._templates(connection, {attempt.template for attempt in attempts}),
            self._values(connection, [attempt.message_id for attempt in attempts]),
            self._links,
        )


class Wordings(NamedTuple):
    """Templates and values of a batch."""

    templates: Mapping[TemplateKey, Template]
    values: Mapping[UUID, Mapping[str, str]]
    links: UnsubscribeLinks

    def compose(self, attempt: AttemptBegun, to: Released) -> Delivery | Withheld:
        """What is delivered; or why not: no wording, or one that needs what nobody gave."""
        link = self.links.url(attempt.message_id, attempt.channel) if attempt.purpose == "marketing" else None
        try:
            template = choose(self.templates, attempt.template, attempt.channel, to.language)
            values = self.values.get(attempt.message_id, {})
            content = write(template, values, name=to.name, unsubscribe_url=link)
        except (TemplateNotFound, ValuesMissing, WordingInvalid) as error:
            return Withheld("template", error.message)
        return Delivery(
            message_id=attempt.message_id,
            attempt=attempt.attempt,
            channel=attempt.channel,
            address=to.address,
            content=content,
            unsubscribe_url=link,
        )
