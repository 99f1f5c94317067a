"""Who of an audience is next, and what stands against giving her an arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.experiment.arms import GLOBAL
from services.campaigns.domain.experiment.candidates import Candidate
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

_EVERYBODY = "registered_members m where"
_SEGMENT = "segment_members m where m.segment = %(segment)s and m.inside and"
_MARKETING = """
exists (select from member_consents c where c.customer_id = m.customer_id and c.purpose = 'marketing'
        and c.channel = any(%(channels)b::text[]) and c.given)
"""
_MEMBERSHIP = """
(exists (select from registered_members r where r.customer_id = m.customer_id)
 and not exists (select from member_consents c where c.customer_id = m.customer_id
                 and c.purpose in ('membership', 'profiling') and not c.given))
"""


def candidates(
    connection: Connection,
    segment: str | None,
    channels: Sequence[str],
    after: UUID | None,
    limit: int,
) -> list[Candidate]:
    """See `application.starting.NextCandidates`."""
    rows = fetch(
        connection,
        f"""
        select m.customer_id, {_MARKETING if channels else _MEMBERSHIP},
               exists (select from member_complaints p where p.customer_id = m.customer_id and p.open), g.arm
        from (select m.customer_id from {_SEGMENT if segment else _EVERYBODY}
                (%(after)s::uuid is null or m.customer_id > %(after)s)
                and not exists (select from erased_customers e where e.customer_id = m.customer_id)
              order by m.customer_id limit %(limit)s) m
        left join arms g on g.experiment = '{GLOBAL}' and g.customer_id = m.customer_id
        order by m.customer_id
        """,
        {"segment": segment, "channels": list(channels), "after": after, "limit": limit},
    )
    return [Candidate(*row) for row in rows]
