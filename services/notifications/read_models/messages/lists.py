"""Messages as callers ask for them: lists, one with its decisions, and the funnel of a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.notifications.read_models.messages.view import (
    Decision,
    FunnelView,
    MessageDetail,
    MessagePage,
    MessageView,
    RuleCount,
)
from shared.database.batch import fetch

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from services.notifications.read_models.messages.view import Status
    from shared.access.visibility import Visible

_COLUMNS = (
    "message_id, customer_id, version, purpose, template, channels, campaign_id, experiment, partner,"
    " standing as status, rule, detail, until, channel, attempt as attempts, send_after, expires_at, planned_at,"
    " changed_at"
)
_NAMES = [name.rpartition(" ")[2] for name in _COLUMNS.split(",")]


def messages(
    connection: Connection,
    seen: Visible,
    *,
    customer_id: UUID | None,
    campaign_id: UUID | None,
    status: Status | None,
    before: UUID | None,
    limit: int,
) -> MessagePage:
    """One page, by id from the highest; what is not given does not narrow it."""
    rows = fetch(
        connection,
        f"""
        select {_COLUMNS} from messages
        where {seen.sql} and (%(customer)s::uuid is null or customer_id = %(customer)s::uuid)
          and (%(campaign)s::uuid is null or campaign_id = %(campaign)s::uuid)
          and (%(status)s::text is null or standing = %(status)s::text)
          and (%(before)s::uuid is null or message_id < %(before)s::uuid)
        order by message_id desc limit %(limit)s
        """,
        {
            "customer": customer_id,
            "campaign": campaign_id,
            "status": status,
            "before": before,
            "limit": limit,
            **seen.parameters,
        },
    )
    items = [MessageView(**_named(row)) for row in rows]
    return MessagePage(items=items, next_cursor=items[-1].message_id if len(items) == limit else None)


def message_detail(connection: Connection, message_id: UUID) -> MessageDetail | None:
    """One message with every decision, the first one first; None if the id was never used."""
    rows = fetch(
        connection,
        f'select {_COLUMNS}, "values" from messages where message_id = %(message)s',
        {"message": message_id},
    )
    if not rows:
        return None
    decisions = fetch(
        connection,
        "select version, decision, at, rule, detail, channel, until, attempt, actor from message_decisions"
        " where message_id = %(message)s order by version",
        {"message": message_id},
    )
    *columns, values = rows[0]
    return MessageDetail(
        **_named(tuple(columns)),
        values=values,
        decisions=[Decision(**dict(zip(Decision.model_fields, row, strict=True))) for row in decisions],
    )


def funnel(connection: Connection, campaign_id: UUID) -> FunnelView:
    """What became of a campaign's messages. A campaign that asked for none has zeros."""
    of_campaign = {"campaign": campaign_id}
    rows = fetch(
        connection,
        "select standing, rule, count(*) from messages where campaign_id = %(campaign)s group by standing, rule",
        of_campaign,
    )
    counts: dict[str, int] = {}
    for standing, _, number in rows:
        counts[standing] = counts.get(standing, 0) + number
    waited = fetch(
        connection,
        "select d.rule, count(distinct d.message_id) from message_decisions d join messages m using (message_id)"
        " where m.campaign_id = %(campaign)s and d.decision = 'message_deferred' group by d.rule order by d.rule",
        of_campaign,
    )
    [(deferred,)] = fetch(
        connection,
        "select count(distinct d.message_id) from message_decisions d join messages m using (message_id)"
        " where m.campaign_id = %(campaign)s and d.decision = 'message_deferred'",
        of_campaign,
    )
    return FunnelView(
        campaign_id=campaign_id,
        planned=sum(counts.values()),
        waiting=counts.get("planned", 0) + counts.get("deferred", 0),
        sending=counts.get("attempting", 0),
        sent=counts.get("sent", 0),
        failed=counts.get("failed", 0),
        unknown=counts.get("unknown", 0),
        suppressed=counts.get("suppressed", 0),
        suppressed_by=sorted(
            (RuleCount(rule=rule, messages=number) for standing, rule, number in rows if standing == "suppressed"),
            key=lambda count: count.rule,
        ),
        deferred=deferred,
        deferred_by=[RuleCount(rule=rule, messages=number) for rule, number in waited],
    )


def _named(row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(_NAMES, row, strict=True))
