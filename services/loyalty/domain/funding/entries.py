"""Double entry between partners: what each booking writes on whose page. The entries of one booking sum to zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from services.loyalty.domain.funding.events import DuePosted

EntryKind = Literal["shared", "given_back"]


class Entry(NamedTuple):
    """One side: `party` is owed (+) or owes (-) `amount_minor` by or to `counterparty`."""

    party: str
    counterparty: str
    amount_minor: int


def entries(event: DuePosted) -> tuple[Entry, Entry]:
    """The debtor's page and the creditor's."""
    return (
        Entry(event.debtor, event.redeemed_by, -event.amount_minor),
        Entry(event.redeemed_by, event.debtor, event.amount_minor),
    )


def kind(event: DuePosted) -> EntryKind:
    """Whether a discount was shared, or a part of one given back because its lines were returned."""
    return "shared" if event.amount_minor > 0 else "given_back"
