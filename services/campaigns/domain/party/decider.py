"""Decides about one party: its name, its category, and where it and its stores are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from services.campaigns.domain.party.commands import PartyCommand
from services.campaigns.domain.party.errors import OursFixed, StoreTaken
from services.campaigns.domain.party.events import PartyChanged, PartyDetails, PartyEvent, PartyRegistered
from shared.kernel.decider import Decider, StreamId

if TYPE_CHECKING:
    from collections.abc import Sequence

CATEGORY = "party"


@dataclass(frozen=True, slots=True)
class Party:
    """A party as it is now; no details means that nobody registered it."""

    details: PartyDetails | None = None


def party_stream(code: str) -> StreamId:
    """The stream of a party."""
    return StreamId(CATEGORY, code)


def decide(command: PartyCommand, party: Party) -> Sequence[PartyEvent]:
    """What happens on `command`; nothing when it is so already."""
    for store in command.details.stores:
        owner = command.owners.get(store.store_id, command.code)
        if owner != command.code:
            raise StoreTaken(store.store_id, owner)
    if party.details is None:
        return [PartyRegistered(details=command.details)]
    if party.details.ours != command.details.ours:
        raise OursFixed(command.code, ours=party.details.ours)
    return [] if party.details == command.details else [PartyChanged(details=command.details)]


def evolve(party: Party, event: PartyEvent) -> Party:  # noqa: ARG001 - each event says all that is known
    """The party after `event`."""
    return Party(event.details)


PARTY: Decider[PartyCommand, PartyEvent, Party] = Decider(
    category=CATEGORY,
    state_type=Party,
    events=get_args(PartyEvent),
    initial_state=Party,
    decide=decide,
    evolve=evolve,
)
