"""Reads who was left out: how many by each rule, and who."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.read_models.excluded_members.view import ExcludedMember
from shared.database.batch import fetch

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from services.campaigns.domain.experiment.events import ExclusionRule


def excluded_by_rule(connection: Connection, campaign_id: UUID) -> dict[ExclusionRule, int]:
    """How many each rule left out."""
    return dict(
        fetch(
            connection,
            "select rule, count(*) from excluded_members where campaign_id = %(id)s group by rule order by rule",
            {"id": campaign_id},
        ),
    )


def excluded_members(
    connection: Connection,
    campaign_id: UUID,
    rule: ExclusionRule | None,
    *,
    after: UUID | None,
    limit: int,
) -> list[ExcludedMember]:
    """A page of who was left out, by `rule` or by any, in the order of their ids."""
    rows = fetch(
        connection,
        """
        select customer_id, rule from excluded_members
        where campaign_id = %(id)s and (%(rule)s::text is null or rule = %(rule)s)
          and (%(after)s::uuid is null or customer_id > %(after)s)
        order by customer_id limit %(limit)s
        """,
        {"id": campaign_id, "rule": rule, "after": after, "limit": limit},
    )
    return [ExcludedMember(customer_id=customer_id, rule=by) for customer_id, by in rows]
