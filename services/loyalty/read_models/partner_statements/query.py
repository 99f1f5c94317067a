"""Reads balances and statements out of the entries between partners."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from services.loyalty.read_models.partner_statements.view import (
    CounterpartyTotal,
    CurrencyStatement,
    PartnerBalance,
    PartnerStatement,
    PartyBalances,
    StatementLine,
)
from services.loyalty.read_models.partner_statements.words import in_words
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy import Connection


def is_known(connection: Connection, party: str) -> bool:
    """Whether anything was ever booked for the party."""
    return bool(fetch(connection, "select 1 from partner_entries where party = %(party)s limit 1", {"party": party}))


def balances(connection: Connection, *, only: str | None, after: str | None, limit: int) -> list[PartyBalances]:
    """At most `limit` parties by code, those after `after`; with `only`, no other than that one."""
    rows = fetch(
        connection,
        """
        with page as (
          select distinct party from partner_entries
          where (%(only)s::text is null or party = %(only)s) and (%(after)s::text is null or party > %(after)s)
          order by party limit %(limit)s)
        select party, counterparty, currency, sum(amount_minor)::bigint, max(business_date)
        from partner_entries join page using (party)
        group by party, counterparty, currency order by party, currency, counterparty
        """,
        {"only": only, "after": after, "limit": limit},
    )
    found: dict[str, PartyBalances] = {}
    for party, counterparty, currency, balance_minor, last in rows:
        of_party = found.setdefault(party, PartyBalances(party=party, balances=[]))
        of_party.balances.append(
            PartnerBalance(
                counterparty=counterparty,
                currency=currency,
                balance_minor=balance_minor,
                last_business_date=last,
                in_words=in_words(party, counterparty, balance_minor, currency),
            ),
        )
    return list(found.values())


def statement(connection: Connection, party: str, first: date, after: date) -> PartnerStatement:
    """The party's bookings of the days from `first` to before `after`, and what stood before them.

    One query, so that the opening and the lines are of one moment.
    """
    rows = fetch(
        connection,
        """
        select currency, counterparty, day, campaign, count(distinct redemption_id),
               coalesce(sum(amount_minor) filter (where kind = 'shared'), 0)::bigint,
               coalesce(sum(amount_minor) filter (where kind = 'given_back'), 0)::bigint
        from (select *, case when business_date >= %(first)s then business_date end as day,
                     case when business_date >= %(first)s then campaign_id end as campaign
              from partner_entries where party = %(party)s and business_date < %(after)s) e
        group by currency, counterparty, day, campaign
        order by currency, day nulls first, campaign, counterparty
        """,
        {"party": party, "first": first, "after": after},
    )
    by_currency: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for currency, *row in rows:
        by_currency[currency].append(tuple(row))
    return PartnerStatement(
        party=party,
        month=f"{first:%Y-%m}",
        currencies=[_in_currency(party, currency, of) for currency, of in by_currency.items()],
    )


def _in_currency(party: str, currency: str, rows: Iterable[tuple[Any, ...]]) -> CurrencyStatement:
    opening: defaultdict[str, int] = defaultdict(int)
    moved: defaultdict[str, int] = defaultdict(int)
    lines = []
    for counterparty, day, campaign_id, redemptions, shared, given_back in rows:
        if day is None:
            opening[counterparty] += shared + given_back
            continue
        moved[counterparty] += shared + given_back
        lines.append(
            StatementLine(
                business_date=day,
                campaign_id=campaign_id,
                counterparty=counterparty,
                redemptions=redemptions,
                shared_minor=shared,
                given_back_minor=given_back,
                amount_minor=shared + given_back,
            ),
        )
    totals = [
        CounterpartyTotal(
            counterparty=counterparty,
            opening_minor=opening[counterparty],
            amount_minor=moved[counterparty],
            closing_minor=(closing := opening[counterparty] + moved[counterparty]),
            in_words=in_words(party, counterparty, closing, currency),
        )
        for counterparty in sorted({*opening, *moved})
    ]
    return CurrencyStatement(
        currency=currency,
        opening_minor=sum(total.opening_minor for total in totals),
        lines=lines,
        counterparties=totals,
        amount_minor=sum(total.amount_minor for total in totals),
        closing_minor=sum(total.closing_minor for total in totals),
    )
