"""Agreements and claims as callers see them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class Signature(BaseModel):
    """One party's, under one version."""

    party: str
    signer: str
    signed_at: datetime


class AgreementView(BaseModel):
    """Who has signed the newest version of a joint promotion, and who has still to."""

    campaign_id: UUID
    version: int
    claim_party: str
    redeem_party: str
    signatures: list[Signature]
    missing: list[str] = Field(description="Parties without whose signature it is not approved.")


class ClaimView(BaseModel):
    """A claim on an offer: it may now be used at the other party's tills."""

    campaign_id: UUID
    party: str = Field(description="Where it was claimed.")
    redeem_party: str = Field(description="Where it can be used.")
    claimed_at: datetime
