"""The till's side in SQL: each check finds the rows that are wrong, and says how many it looked at.

Written from the meaning of the stored events alone; what the writers compute is not used.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant. `wrong` selects what breaks it, with the columns that `shows` names."""

    name: str
    unit: str
    counted: str
    shows: str
    wrong: str


_BUDGETS = "select count(*) from budgets"
_CHECKOUTS = "select count(*) from checkouts"
_COUPONS = "select count(*) from coupons"
_REDEMPTIONS = "select count(*) from redemptions"

_WITHIN = Check(
    "no limit is passed, but by what came too late and is counted apart",
    "limits",
    _BUDGETS,
    "limit, uses, of, money, of",
    """
    select budget, uses, uses_max, money_minor, money_minor_max from budgets
    where uses > uses_max or money_minor > money_minor_max or uses < 0 or money_minor < 0
       or uses_over < 0 or money_minor_over < 0
    """,
)
_SUMS = Check(
    "what an offer takes off lines sums to what it takes off",
    "redemptions",
    _REDEMPTIONS,
    "redemption, amount, of its lines, standing",
    """
    select redemption_id, amount_minor, s.minor, discount_minor
    from redemptions, lateral (
      select coalesce(sum((line->>'amount_minor')::bigint), 0) as minor, min((line->>'amount_minor')::bigint) as least
      from jsonb_array_elements(lines) as line) s
    where amount_minor <> s.minor or s.least < 0 or discount_minor not between 0 and amount_minor
    """,
)
_ONCE = Check(
    "a coupon is used by one checkout at most",
    "coupons",
    _COUPONS,
    "coupon, paid checkouts",
    """
    select coupon, count(*) from redemptions
    where coupon is not null and status in ('reserved', 'confirmed') and not over_limit
    group by coupon having count(*) > 1
    """,
)

CHECKS: tuple[Check, ...] = (
    _WITHIN,
    _SUMS,
    _ONCE,
    Check(
        "each limit is the sum of the redemptions that count against it",
        "limits",
        _BUDGETS,
        "limit, uses, expected, money, expected, over, expected",
        """
        with used as (
          select l->>'budget' as budget, r.over_limit, r.status, r.discount_minor
          from events e,
               lateral json_array_elements(e.data->'redemptions') as x,
               lateral json_array_elements(x->'limits') as l
          join redemptions r on true
          where e.type = 'checkout_reserved' and r.redemption_id = (x->>'redemption_id')::uuid),
        expected as (
          select budget,
                 count(*) filter (where status in ('reserved', 'confirmed') and not over_limit) as uses,
                 coalesce(sum(discount_minor) filter (where status in ('reserved', 'confirmed') and not over_limit), 0)
                   as money,
                 count(*) filter (where status = 'confirmed' and over_limit) as over
          from used group by budget)
        select budget, b.uses, e.uses, b.money_minor, e.money, b.uses_over, e.over
        from budgets b full join expected e using (budget)
        where (coalesce(b.uses, 0), coalesce(b.money_minor, 0), coalesce(b.uses_over, 0))
              is distinct from (coalesce(e.uses, 0), coalesce(e.money, 0), coalesce(e.over, 0))
        """,
    ),
    Check(
        "each limit says what its last event says",
        "limits",
        _BUDGETS,
        "limit, version, uses, money",
        """
        select b.budget, b.version, b.uses, b.money_minor from budgets b
        left join events e on e.stream_category = 'budget' and e.stream_id = b.budget and e.stream_version = b.version
        where e.data is null
           or (b.uses, b.money_minor) is distinct from
              ((e.data->>'uses_spent')::int, (e.data->>'money_minor_spent')::bigint)
           or exists (select from events n where n.stream_category = 'budget' and n.stream_id = b.budget
                      and n.stream_version > b.version)
        """,
    ),
    Check(
        "a coupon is taken exactly by the checkout that uses it",
        "coupons",
        _COUPONS,
        "coupon, taken by, used by",
        """
        select c.coupon, c.taken_by, r.checkout_id
        from coupons c
        left join redemptions r on r.coupon = c.coupon and r.status in ('reserved', 'confirmed') and not r.over_limit
        where c.taken_by is distinct from r.checkout_id
        """,
    ),
    Check(
        "all offers of a checkout take off no more than it costs",
        "checkouts",
        _CHECKOUTS,
        "checkout, total, discount",
        """
        select checkout_id, total_minor, sum(amount_minor) from checkouts join redemptions r using (checkout_id)
        group by checkout_id having sum(amount_minor) > total_minor
        """,
    ),
    Check(
        "a checkout's offers end as it does",
        "redemptions",
        _REDEMPTIONS,
        "redemption, status, the checkout's",
        """
        select redemption_id, r.status, c.status from redemptions r join checkouts c using (checkout_id)
        where r.status <> c.status and not (r.status = 'voided' and c.status = 'confirmed')
        """,
    ),
    Check(
        "no checkout is confirmed or given back twice",
        "checkouts",
        _CHECKOUTS,
        "checkout, reserved, confirmed, released",
        """
        select stream_id, count(*) filter (where type = 'checkout_reserved'),
               count(*) filter (where type = 'checkout_confirmed'), count(*) filter (where type = 'checkout_released')
        from events where stream_category = 'checkout' group by stream_id
        having count(*) filter (where type = 'checkout_reserved') <> 1
            or count(*) filter (where type = 'checkout_confirmed') > 1
            or count(*) filter (where type = 'checkout_released') > 1
        """,
    ),
)

MUST_BE_ZERO = {"limit_passed": _WITHIN.wrong, "effect_mismatch": _SUMS.wrong, "coupon_used_twice": _ONCE.wrong}
"""Those that are looked at all the time; the others take longer and are the auditor's."""
