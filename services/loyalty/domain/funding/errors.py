"""What cannot be settled, or shown. The codes stand beside the refused records, and in answers."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.errors import InvalidInput, NotFound, Rejected


class FundingUnbalanced(InvalidInput):
    """The shares are not what the discount is made of."""

    code: ClassVar[str] = "funding_unbalanced"


class FundingContradicted(Rejected):
    """Another version of the redemption said something else of what never changes."""

    code: ClassVar[str] = "funding_contradicted"


class SettlementNotFound(NotFound):
    """Nothing was ever booked for the party, or it is not the caller's."""

    code: ClassVar[str] = "settlement_not_found"

    def __init__(self, party: str) -> None:
        super().__init__(
            f"nothing was settled with party {party!r} yet, or it is not yours; GET /settlements lists yours",
            party=party,
        )
