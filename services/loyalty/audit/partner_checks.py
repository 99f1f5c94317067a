"""The auditor's checks of the books between partners, and of bonuses: as those in `checks`, by SQL of its own."""

from __future__ import annotations

from services.loyalty.audit.checks import Check

_BOOKINGS = "select count(distinct transaction_id) from partner_entries"
_FUNDINGS = "select count(*) from stream_state where stream_category = 'funding' and version > 0"
_ENTRIES = "select count(*) from partner_entries"

_EACH_BOOKING = Check(
    "each booking between partners has two sides that sum to zero",
    "bookings",
    _BOOKINGS,
    "booking, entries, sum",
    """
    select transaction_id, count(*), sum(amount_minor) from partner_entries
    group by 1
    having count(*) <> 2 or sum(amount_minor) <> 0 or min(party) = max(party)
        or (min(party), max(party)) <> (min(counterparty), max(counterparty))
    """,
)

PARTNER_CHECKS: tuple[Check, ...] = (
    _EACH_BOOKING,
    Check(
        "what partners owe each other sums to zero in every currency",
        "entries",
        _ENTRIES,
        "currency, sum",
        "select currency, sum(amount_minor) from partner_entries group by 1 having sum(amount_minor) <> 0",
    ),
    Check(
        "each booking between partners is one event",
        "bookings",
        _BOOKINGS,
        "redemption, version, party, amount",
        """
        with told as (
          select stream_id::uuid as redemption_id, stream_version as version, event_id, data->>'debtor' as party,
                 -(data->>'amount_minor')::bigint as amount_minor, data->>'currency' as currency,
                 (data->>'business_date')::date as business_date, (data->>'campaign_id')::uuid as campaign_id
          from events where type = 'due_posted'
          union all
          select stream_id::uuid, stream_version, event_id, data->>'redeemed_by', (data->>'amount_minor')::bigint,
                 data->>'currency', (data->>'business_date')::date, (data->>'campaign_id')::uuid
          from events where type = 'due_posted')
        select redemption_id, version, party, e.amount_minor
        from partner_entries e full join told t using (redemption_id, version, party)
        where (e.transaction_id, e.amount_minor, e.currency, e.business_date, e.campaign_id)
              is distinct from (t.event_id, t.amount_minor, t.currency, t.business_date, t.campaign_id)
        """,
    ),
    Check(
        "what a partner owes for a redemption is what its newest version says",
        "redemptions",
        _FUNDINGS,
        "redemption, party, owed by entries, by its newest event, by its state",
        """
        with newest as (
          select distinct on (stream_id, data->>'debtor') stream_id::uuid as redemption_id, data->>'debtor' as party,
                 (data->>'due_minor')::bigint as due
          from events where type = 'due_posted' order by stream_id, data->>'debtor', stream_version desc),
        booked as (
          select redemption_id, party, -sum(amount_minor) as due from partner_entries
          where (redemption_id, party) in (select redemption_id, party from newest) group by 1, 2),
        kept as (
          select stream_id::uuid as redemption_id, d.key as party, d.value::bigint as due
          from stream_state s, json_each_text(s.state::json->'dues') d
          where s.stream_category = 'funding' and s.version > 0)
        select redemption_id, party, b.due, n.due, k.due
        from newest n full join booked b using (redemption_id, party) full join kept k using (redemption_id, party)
        where n.due is distinct from b.due or n.due is distinct from coalesce(k.due, 0)
        """,
    ),
    Check(
        "no version of a redemption is settled after a newer one, or twice",
        "redemptions",
        _FUNDINGS,
        "redemption, version, version before",
        """
        select * from (
          select stream_id, (data->>'redemption_version')::int as version,
                 lag((data->>'redemption_version')::int) over by_redemption as before,
                 causation = lag(causation) over by_redemption as same_cause
          from (select *, metadata::json->>'causation_id' as causation from events
                where type in ('due_posted', 'funding_settled')) e
          window by_redemption as (partition by stream_id order by stream_version)) v
        where version < before or (version = before and not same_cause)
        """,
    ),
    Check(
        "each bonus is known by its receipt and campaign",
        "bonuses",
        "select count(*) from bonuses",
        "bonus, receipt, campaign",
        """
        with told as (
          select distinct (data->>'receipt_id')::uuid as bonus_id, (data->'bonus'->>'receipt_id')::uuid as receipt_id,
                 (data->'bonus'->>'campaign_id')::uuid as campaign_id
          from events
          where type in ('points_earned', 'points_taken_back', 'receipt_settled')
            and data->'bonus'->>'receipt_id' is not null)
        select bonus_id, b.receipt_id, b.campaign_id
        from bonuses b full join told t using (bonus_id)
        where (b.receipt_id, b.campaign_id) is distinct from (t.receipt_id, t.campaign_id)
        """,
    ),
)

PARTNERS_MUST_BE_ZERO = {"partner_imbalance": _EACH_BOOKING.wrong}
"""What is looked at all the time."""
