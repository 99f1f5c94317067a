"""Definitions to the table of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from services.segmentation.domain.segment.events import SegmentDefined, SegmentEvent, SegmentRenamed
from services.segmentation.read_models.segments.table import SEGMENTS
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[SegmentEvent]]) -> None:
    """One row per segment; a renaming changes the name of the definition before it."""
    for record in batch:
        event = record.event
        run(
            connection,
            f"""
            insert into {table} as s (code, stream_version, version, name, rule)
            values (%(code)s, %(stream_version)s, %(version)s, %(name)s, %(rule)s)
            on conflict (code) do update
              set stream_version = excluded.stream_version, name = excluded.name,
                  version = coalesce(nullif(excluded.version, 0), s.version),
                  rule = case when excluded.version = 0 then s.rule else excluded.rule end
              where s.stream_version < excluded.stream_version
            """,
            {
                "code": record.stream.id,
                "stream_version": record.version,
                "name": event.name,
                "version": event.version if isinstance(event, SegmentDefined) else 0,
                "rule": orjson.dumps(event.rule if isinstance(event, SegmentDefined) else {}).decode(),
            },
        )


PROJECTION = Projection(SEGMENTS, frozenset({SegmentDefined.type, SegmentRenamed.type}), project)
