"""What partners owe each other, as callers see it. Amounts are minor units: positive is owed to the party."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

Words = dict[str, str]
"""A sentence in each language: zh-CN and en."""


class PartnerBalance(BaseModel):
    """What stands between a party and one other now."""

    counterparty: str
    currency: str
    balance_minor: int = Field(description="Positive: the counterparty owes it; negative: the party owes it.")
    last_business_date: date = Field(description="The store's date of the newest booking between the two.")
    in_words: Words = Field(description="Who owes whom, in zh-CN and en.")


class PartyBalances(BaseModel):
    """A party, and what stands between it and each other."""

    party: str
    balances: list[PartnerBalance]


class SettlementPage(BaseModel):
    """Parties in the order of their codes."""

    items: list[PartyBalances]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null: this was the last.")


class StatementLine(BaseModel):
    """What one campaign did on one day between the party and one other."""

    business_date: date
    campaign_id: UUID
    counterparty: str
    redemptions: int = Field(description="How many redemptions were booked or changed.")
    shared_minor: int = Field(description="From discounts that were given.")
    given_back_minor: int = Field(description="From lines that were returned; of the other sign.")
    amount_minor: int = Field(description="Both together.")


class CounterpartyTotal(BaseModel):
    """A month between the party and one other."""

    counterparty: str
    opening_minor: int
    amount_minor: int
    closing_minor: int
    in_words: Words = Field(description="Who owes whom at the end of the month, in zh-CN and en.")


class CurrencyStatement(BaseModel):
    """A month in one currency. `opening_minor + amount_minor = closing_minor`, here and for each counterparty."""

    currency: str
    opening_minor: int
    lines: list[StatementLine]
    counterparties: list[CounterpartyTotal]
    amount_minor: int
    closing_minor: int


class PartnerStatement(BaseModel):
    """A month of a party. Over all parties, each of its sums is zero.

    Days are the store's. What is told late, such as a receipt of a till that was offline, is booked on its own day:
    until every till has reported, a month can still change.
    """

    party: str
    month: str
    currencies: list[CurrencyStatement]
