"""A member's facts as callers see them."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field


class MemberFactsView(BaseModel):
    """Facts as they stand at this moment, whatever their date."""

    last_business_date: date | None = Field(description="The last day with a counted purchase; null if none is left.")
    receipts: int = Field(description="Counted receipts. One that came back whole, was voided or moved is none.")
    sales_minor: int = Field(description="What is left of them after returns, in minor units.")
