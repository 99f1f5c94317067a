"""Decides what a redemption's funding books: the difference between what is owed now and what was booked so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, assert_never, get_args

from services.loyalty.domain.funding.commands import FundingCommand
from services.loyalty.domain.funding.errors import FundingContradicted, FundingUnbalanced
from services.loyalty.domain.funding.events import DuePosted, FundingEvent, FundingSettled
from shared.kernel.decider import Decider, StreamId

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

CATEGORY = "funding"


@dataclass(frozen=True, slots=True)
class Funding:
    """What partners owe `redeemed_by` for one redemption, as of its `version` (0: nothing was heard of it)."""

    version: int = 0
    redeemed_by: str = ""
    currency: str = ""
    dues: dict[str, int] = field(default_factory=dict)


def funding_stream(redemption_id: UUID) -> StreamId:
    """The stream of a redemption's funding."""
    return StreamId(CATEGORY, str(redemption_id))


def decide(command: FundingCommand, funding: Funding) -> Sequence[FundingEvent]:
    """One event for each partner whose due changes: each is a booking of its own."""
    if command.version <= funding.version:
        return []
    _check(command, funding)
    dues = {party: share for party, share in command.shares.items() if party != command.redeemed_by}
    fact = _fact(command)
    posted = [
        DuePosted(**fact, debtor=debtor, amount_minor=changed, due_minor=dues.get(debtor, 0))
        for debtor, changed in _differences(funding.dues, dues).items()
    ]
    return posted or [FundingSettled(**fact)]


def evolve(funding: Funding, event: FundingEvent) -> Funding:
    """The funding after `event`. Dues of nothing are forgotten: they say no more than none."""
    settled = replace(funding, version=event.redemption_version, redeemed_by=event.redeemed_by, currency=event.currency)
    match event:
        case DuePosted():
            dues = {**funding.dues, event.debtor: event.due_minor}
            return replace(settled, dues={debtor: due for debtor, due in dues.items() if due})
        case FundingSettled():
            return settled
        case _:
            assert_never(event)


def _check(command: FundingCommand, funding: Funding) -> None:
    total = sum(command.shares.values())
    if total != command.discount_minor or any(share < 0 for share in command.shares.values()):
        msg = (
            f"shares {dict(command.shares)} sum to {total}, discount_minor is {command.discount_minor};"
            " shares are never negative and sum to the discount: tell a newer version that does"
        )
        raise FundingUnbalanced(msg, redemption_id=str(command.redemption_id))
    if funding.version and (funding.redeemed_by, funding.currency) != (command.redeemed_by, command.currency):
        msg = (
            f"version {command.version} says {command.redeemed_by} and {command.currency}, version {funding.version}"
            f" said {funding.redeemed_by} and {funding.currency}; a redemption keeps its till and its currency"
        )
        raise FundingContradicted(msg, redemption_id=str(command.redemption_id))


def _fact(command: FundingCommand) -> dict[str, Any]:
    return {
        "redemption_version": command.version,
        "campaign_id": command.campaign_id,
        "redeemed_by": command.redeemed_by,
        "store_id": command.store_id,
        "business_date": command.business_date,
        "currency": command.currency,
    }


def _differences(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    changed = {debtor: now.get(debtor, 0) - before.get(debtor, 0) for debtor in sorted({*before, *now})}
    return {debtor: difference for debtor, difference in changed.items() if difference}


FUNDING: Decider[FundingCommand, FundingEvent, Funding] = Decider(
    category=CATEGORY,
    state_type=Funding,
    events=get_args(FundingEvent),
    initial_state=Funding,
    decide=decide,
    evolve=evolve,
)
