"""How templates are worded."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from services.notifications.domain.values import Template
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from services.notifications.domain.values import TemplateKey


class SavedTemplate(NamedTuple):
    """A wording that the chain saved, and who saved it."""

    template: Template
    version: int
    saved_at: datetime
    saved_by: str


def templates(connection: Connection, codes: Collection[str]) -> dict[TemplateKey, Template]:
    """See `application.ports.Templates`."""
    saved = saved_templates(connection, codes)
    return {(t.code, t.channel, t.language): t for t in (entry.template for entry in saved)}


def saved_templates(connection: Connection, codes: Collection[str] | None = None) -> list[SavedTemplate]:
    """Those called `codes`, or all. A chain has some dozens."""
    rows = fetch(
        connection,
        """
        select code, channel, language, body, subject, html, version, saved_at, saved_by from templates
        where %(codes)b::text[] is null or code = any(%(codes)b::text[]) order by code, channel, language
        """,
        {"codes": None if codes is None else sorted(codes)},
    )
    return [SavedTemplate(Template(*row[:6]), *row[6:]) for row in rows]
