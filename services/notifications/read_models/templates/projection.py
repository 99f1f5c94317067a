"""The newest wording of each template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.notifications.domain.template.wording import TemplateSaved
from services.notifications.read_models.templates.table import TEMPLATES
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[TemplateSaved]]) -> None:
    """The last one of each template stands."""
    last = {record.stream.id: record for record in batch}.values()
    run(
        connection,
        f"""
        insert into {table} as t (code, channel, language, version, subject, body, html, saved_at, saved_by)
        select * from unnest(%(codes)b::text[], %(channels)b::text[], %(languages)b::text[], %(versions)b::int[],
                             %(subjects)b::text[], %(bodies)b::text[], %(htmls)b::text[], %(times)b::timestamptz[],
                             %(actors)b::text[])
        on conflict (code, channel, language) do update
          set version = excluded.version, subject = excluded.subject, body = excluded.body, html = excluded.html,
              saved_at = excluded.saved_at, saved_by = excluded.saved_by
          where t.version < excluded.version
        """,
        {
            "codes": [record.event.code for record in last],
            "channels": [record.event.channel for record in last],
            "languages": [record.event.language for record in last],
            "versions": [record.version for record in last],
            "subjects": [record.event.subject for record in last],
            "bodies": [record.event.body for record in last],
            "htmls": [record.event.html for record in last],
            "times": [record.occurred_at for record in last],
            "actors": [record.actor for record in last],
        },
    )


PROJECTION = Projection(TEMPLATES, frozenset({TemplateSaved.type}), project)
