"""What can be asked of a party's stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.campaigns.domain.party.events import PartyDetails
from shared.kernel.messages import Command


@dataclass(frozen=True, slots=True)
class RegisterParty(Command):
    """Be a party with these details; asked again, take them.

    `owners` says which party runs each of the stores that anybody is known to run: a store belongs to one party.
    """

    code: str
    details: PartyDetails
    owners: Mapping[str, str]


PartyCommand = RegisterParty
