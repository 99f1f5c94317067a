"""Saving and previewing templates: what could never be sent is refused when it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from services.notifications.application.rendering import check, choose, needed, write
from services.notifications.domain.template.wording import SaveTemplate, template_stream
from shared.commands.handler import Addressed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection

    from services.notifications.application.ports import Content, Templates
    from services.notifications.domain.values import Channel, Language, Template
    from shared.commands.handler import CommandHandler
    from shared.kernel.messages import Cause

SAMPLE_LINK = "https://example.com/unsubscribe"


class Preview(NamedTuple):
    """What a template would say. `content` is None while values are missing."""

    content: Content | None
    missing: tuple[str, ...]
    language: Language
    """Of the wording that is used: English where there is none in the language asked for."""


class TemplateBook:
    """The chain's templates."""

    def __init__(self, handler: CommandHandler, templates: Templates) -> None:
        self._handler = handler
        self._templates = templates

    def save(self, connection: Connection, cause: Cause, template: Template, values: Collection[str] | None) -> None:
        """A new version. Raises `WordingInvalid`; with `values`, also for tags that are not among them."""
        check(template, values)
        command = SaveTemplate(
            code=template.code,
            channel=template.channel,
            language=template.language,
            subject=template.subject,
            body=template.body,
            html=template.html,
        )
        stream = template_stream(template.code, template.channel, template.language)
        self._handler.run(connection, [[Addressed(stream, command, cause)]], lock=True)[0].unwrap()

    def preview(
        self,
        connection: Connection,
        code: str,
        channel: Channel,
        language: Language,
        values: Mapping[str, str],
    ) -> Preview:
        """As it would be rendered now, with a made-up name unless `values` has one. Raises `TemplateNotFound`."""
        return _preview(choose(self._templates(connection, {code}), code, channel, language), values)

    def preview_draft(self, template: Template, values: Mapping[str, str]) -> Preview:
        """As `preview`, of what nobody has saved yet. Raises `WordingInvalid` for what could not be saved."""
        check(template)
        return _preview(template, values)


def _preview(template: Template, values: Mapping[str, str]) -> Preview:
    missing = tuple(sorted(needed(template) - values.keys()))
    content = None
    if not missing:
        content = write(template, values, name=values.get("name"), unsubscribe_url=SAMPLE_LINK)
    return Preview(content, missing, template.language)
