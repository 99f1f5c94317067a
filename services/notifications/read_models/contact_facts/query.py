"""What the policy asks: everything about many members in one query, and how campaigns stand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from services.notifications.domain.policy.facts import CampaignStanding, Facts
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from sqlalchemy import Connection

    from services.notifications.domain.values import Channel

_FACTS = """
select w.customer_id, c.home_store, s.time_zone, s.region,
  exists (select from erased_contacts e where e.customer_id = w.customer_id),
  exists (select from contact_complaints p where p.customer_id = w.customer_id and not p.closed),
  array(select h.experiment from held_out h where h.customer_id = w.customer_id),
  (select json_object_agg(k.purpose || '.' || k.channel, k.at) from (
     select distinct on (purpose, channel) purpose, channel, at, given from contact_consents
     where customer_id = w.customer_id order by purpose, channel, at desc) k where k.given)
from unnest(%(customers)b::uuid[]) as w(customer_id)
left join contacts c on c.customer_id = w.customer_id
left join contact_stores s on s.store_id = c.home_store
"""


def contact_facts(connection: Connection, customers: Collection[UUID], chain_zone: ZoneInfo) -> dict[UUID, Facts]:
    """See `application.ports.ContactFacts`."""
    facts = {}
    for customer_id, store, zone, region, erased, complaint, held_out, agreed in fetch(
        connection, _FACTS, {"customers": sorted(set(customers))}
    ):
        consents = {what: datetime.fromisoformat(at) for what, at in (agreed or {}).items()}
        facts[customer_id] = Facts(
            zone=ZoneInfo(zone) if zone else chain_zone,
            erased=erased,
            membership_since=consents.get("membership."),
            marketing_since=_channels(consents),
            complaint_open=complaint,
            held_out=frozenset(held_out),
            store=store,
            region=region,
        )
    return facts


def _channels(consents: Mapping[str, datetime]) -> dict[Channel, datetime]:
    split = ((what.partition("."), at) for what, at in consents.items())
    return {cast("Channel", channel): at for (purpose, _, channel), at in split if purpose == "marketing" and channel}


def campaign_standings(connection: Connection, campaigns: Collection[UUID]) -> dict[UUID, CampaignStanding]:
    """Those of which anything was heard."""
    rows = fetch(
        connection,
        "select campaign_id, standing from campaigns_heard where campaign_id = any(%(campaigns)b::uuid[])",
        {"campaigns": sorted(set(campaigns))},
    )
    return dict(rows)


def agreeing_members(connection: Connection, channels: Collection[Channel], after: UUID, limit: int) -> list[UUID]:
    """The next members, by id, who agree to marketing by one of `channels`. For festivals, which greet everybody."""
    rows = fetch(
        connection,
        """
        select customer_id from contact_consents k
        where purpose = 'marketing' and given and channel = any(%(channels)b::text[]) and customer_id > %(after)s
          and not exists (select from contact_consents n where n.customer_id = k.customer_id
                          and n.purpose = k.purpose and n.channel = k.channel and n.at > k.at)
        group by customer_id order by customer_id limit %(limit)s
        """,
        {"channels": list(channels), "after": after, "limit": limit},
    )
    return [customer_id for (customer_id,) in rows]
