"""Parties as headquarters registers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from services.campaigns.domain.party.commands import RegisterParty
from services.campaigns.domain.party.decider import party_stream
from shared.commands.handler import Addressed
from shared.database.batch import run

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection

    from services.campaigns.domain.party.events import PartyDetails
    from shared.commands.handler import CommandHandler
    from shared.kernel.messages import Cause


class StoreOwners(Protocol):
    """Which party runs each of some stores, of those that a party runs. Right for decisions only under our lock."""

    def __call__(self, connection: Connection, stores: Collection[str]) -> Mapping[str, str]: ...


class Parties:
    """Registers and changes parties."""

    def __init__(self, handler: CommandHandler, store_owners: StoreOwners) -> None:
        self._handler = handler
        self._store_owners = store_owners

    def register(self, connection: Connection, code: str, details: PartyDetails, cause: Cause, *, lock: bool) -> None:
        """A party as `details` say; the same again changes nothing. Raises `StoreTaken`, `OursFixed`."""
        # Two parties could ask for one store in one moment: the second waits for the first, then finds it taken.
        # All parties share the lock: they are few, and registered by hand.
        run(connection, "select pg_advisory_xact_lock(hashtextextended(current_schema() || '.party_stores', 0))")
        owners = self._store_owners(connection, [store.store_id for store in details.stores])
        command = RegisterParty(code, details, owners)
        self._handler.run(connection, [[Addressed(party_stream(code), command, cause)]], lock=lock)[0].unwrap()
