"""What decisions about an agreement are told of its campaign."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Terms(NamedTuple):
    """A campaign's newest definition, as far as its parties agree on it. Without a joint part both parties are None."""

    version: int
    status: str
    ends_at: datetime | None
    claim_party: str | None
    redeem_party: str | None

    @property
    def parties(self) -> frozenset[str]:
        """Who has to sign; nobody if the promotion is not shared."""
        return frozenset(party for party in (self.claim_party, self.redeem_party) if party is not None)
