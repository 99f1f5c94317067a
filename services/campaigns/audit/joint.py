"""What must hold of joint promotions, in SQL of its own, from what the stored events mean."""

from __future__ import annotations

from services.campaigns.audit.checkouts import Check

_JOINT = """
select distinct on (a.stream_id) a.stream_id as campaign_id, (a.data->>'version')::int as version,
       d.data->'definition'->'joint'->>'claim_party' as claim_party,
       d.data->'definition'->'joint'->>'redeem_party' as redeem_party
from events a
join events d on d.stream_category = 'campaign' and d.stream_id = a.stream_id
  and d.type in ('campaign_drafted', 'campaign_revised') and d.data->>'version' = a.data->>'version'
where a.type = 'campaign_approved' and d.data->'definition'->'joint'->>'claim_party' is not null
order by a.stream_id, a.stream_version desc
"""

CHECKS: tuple[Check, ...] = (
    Check(
        "no joint promotion is approved without both parties, by two persons",
        "joint promotions",
        f"select count(*) from ({_JOINT}) j",
        "campaign, version, parties that signed, persons",
        f"""
        select j.campaign_id, j.version, count(distinct s.data->>'party'), count(distinct s.data->>'signer')
        from ({_JOINT}) j left join events s
          on s.type = 'agreement_signed' and s.stream_id = j.campaign_id
          and (s.data->>'campaign_version')::int = j.version
          and s.data->>'party' in (j.claim_party, j.redeem_party)
        group by j.campaign_id, j.version
        having count(distinct s.data->>'party') <> 2 or count(distinct s.data->>'signer') <> 2
        """,
    ),
    Check(
        "each claim was made once, at the claim party",
        "claims",
        "select count(*) from events where type = 'offer_claimed'",
        "campaign, party, times",
        f"""
        select c.data->>'campaign_id', c.data->>'party', count(*)
        from events c left join ({_JOINT}) j on j.campaign_id = c.data->>'campaign_id'
        where c.type = 'offer_claimed'
        group by c.data->>'campaign_id', c.data->>'party', coalesce(c.data->>'customer_id', c.data->>'coupon'),
                 j.claim_party
        having count(*) > 1 or c.data->>'party' is distinct from j.claim_party
        """,
    ),
    Check(
        "a store belongs to one party",
        "stores",
        "select count(*) from parties p, unnest(p.store_ids)",
        "store, parties",
        """
        select s.store_id, count(*) from parties p, unnest(p.store_ids) as s(store_id)
        group by 1 having count(*) > 1
        """,
    ),
)
