"""An account as callers see it."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field


class AccountBalance(BaseModel):
    """What a member has, and where it came from and went."""

    customer_id: UUID
    version: int = Field(description="The account's version that this reflects.")
    closed: bool = Field(description="The member was erased; nothing new can be redeemed.")
    available: int = Field(description="What can be spent; negative only in debt.")
    reserved: int = Field(description="Held for redemptions.")
    debt: int = Field(description="Taken back after it had been spent; new points pay it first.")
    earned_total: int = Field(description="Earned, less what was taken back.")
    redeemed_total: int
    expired_total: int
    forgiven_total: int = Field(description="Could not be taken back and is not owed.")


class AccountList(BaseModel):
    """Accounts in the order of their ids."""

    items: list[AccountBalance]
    next_cursor: UUID | None = Field(description="Send it as `cursor` for the next page; null: this was the last.")
