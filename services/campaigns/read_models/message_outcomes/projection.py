"""What `notifications` tells of a campaign's messages, to one row per message.

Each fact has a rank: the highest stands, so that rows are equal whatever the order. Of two of one rank the later
stands; the last word, and the one that no other follows, is sent, suppressed or failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from uuid import UUID

from pydantic import AwareDatetime

from services.campaigns.read_models.message_outcomes.table import MESSAGE_OUTCOMES
from shared.contracts import notifications as heard
from shared.contracts.base import View
from shared.database.batch import run
from shared.kernel.text import Code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from shared.messaging.message import Message

MessageStatus = Literal["planned", "deferred", "unknown", "sent", "suppressed", "failed"]

_STANDS: dict[str, tuple[int, MessageStatus]] = {
    heard.MessagePlanned.type: (0, "planned"),
    heard.MessageDeferred.type: (1, "deferred"),
    heard.MessageUnknown.type: (2, "unknown"),
    heard.MessageSuppressed.type: (3, "suppressed"),
    heard.MessageFailed.type: (3, "failed"),
    heard.MessageSent.type: (3, "sent"),
}


class OutcomeView(View):
    """What became of whose message."""

    message_id: UUID
    customer_id: UUID
    campaign_id: UUID | None
    occurred_at: AwareDatetime
    rule: Code | None = None


VIEWS: dict[str, type[View]] = dict.fromkeys(_STANDS, OutcomeView)
TABLES = (MESSAGE_OUTCOMES,)


def project(connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[OutcomeView]]) -> None:
    """Applies `batch`: one statement. Messages of no campaign leave no trace."""
    told = [message for message in batch if message.body.campaign_id is not None]
    if not told:
        return
    run(
        connection,
        f"""
        insert into {tables[MESSAGE_OUTCOMES.name]} as m
          (message_id, customer_id, campaign_id, rank, status, rule, told_at)
        select distinct on (a.message_id) a.*
        from unnest(%(messages)b::uuid[], %(customers)b::uuid[], %(campaigns)b::uuid[], %(ranks)b::smallint[],
                    %(statuses)b::text[], %(rules)b::text[], %(times)b::timestamptz[])
          as a(message_id, customer_id, campaign_id, rank, status, rule, told_at)
        where not exists (select from erased_customers e where e.customer_id = a.customer_id)
        order by a.message_id, a.rank desc, a.told_at desc
        on conflict (message_id) do update
          set rank = excluded.rank, status = excluded.status, rule = excluded.rule, told_at = excluded.told_at
        where (m.rank, m.told_at) < (excluded.rank, excluded.told_at)
        """,
        {
            "messages": [message.body.message_id for message in told],
            "customers": [message.body.customer_id for message in told],
            "campaigns": [message.body.campaign_id for message in told],
            "ranks": [_STANDS[message.type][0] for message in told],
            "statuses": [_STANDS[message.type][1] for message in told],
            "rules": [message.body.rule for message in told],
            "times": [message.body.occurred_at for message in told],
        },
    )
