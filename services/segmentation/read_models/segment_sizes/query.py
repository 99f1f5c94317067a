"""Notes sizes once a day and reads them back: memberships say only how it is now, and what is not noted is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.segmentation.domain.named import NAMES
from services.segmentation.read_models.segment_sizes.view import SegmentSize
from shared.database.batch import fetch, run

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection


def note(connection: Connection, day: date) -> None:
    """Counts everybody in every segment; again for the same day, the newer count stands."""
    run(
        connection,
        """
        insert into segment_sizes (segment, day, members)
        select code, %(day)s, count(m.customer_id)
        from (select unnest(%(names)b::text[]) union select code from segments) s(code)
        left join memberships m on m.segment = code and m.inside group by code
        on conflict (segment, day) do update set members = excluded.members
        """,
        {"day": day, "names": list(NAMES)},
    )


def between(connection: Connection, segment: str, since: date, until: date) -> list[SegmentSize]:
    """The sizes of one segment by day; a day without a sweep is missing."""
    rows = fetch(
        connection,
        "select day, members from segment_sizes"
        " where segment = %(segment)s and day between %(since)s and %(until)s order by day",
        {"segment": segment, "since": since, "until": until},
    )
    return [SegmentSize(day=day, members=members) for day, members in rows]
