"""What the routes work with, as `bootstrap` puts it together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fastapi import Depends

from services.customers.application.homes import home_store
from services.customers.domain.customer.errors import CustomerNotFound
from services.customers.read_models.customer_directory import query as directory
from shared.access.visibility import SeesMember

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from services.customers.application.addresses import AddressBook
    from services.customers.application.commands import CustomerCommands
    from services.customers.application.complaints import Complaints
    from services.customers.application.identifiers import Recogniser
    from services.customers.application.lookups import Lookups
    from services.customers.application.preferences import Preferences
    from services.customers.application.profiles import Profiles
    from services.customers.application.registration import Registrar, Registration
    from services.customers.application.searches import Searches
    from services.customers.read_models.customer_directory.view import CustomerEntry
    from shared.access.calls import Call
    from shared.access.guessing import GuessLimit
    from shared.access.visibility import Members
    from shared.kernel.clock import BusinessClock
    from shared.kernel.messages import Cause


@dataclass(frozen=True, slots=True)
class Wiring:
    """The application, its database and its business clock."""

    engine: Engine
    clock: BusinessClock
    time_zone: str
    recogniser: Recogniser
    registrar: Registrar
    commands: CustomerCommands
    preferences: Preferences
    complaints: Complaints
    profiles: Profiles
    addresses: AddressBook
    lookups: Lookups
    searches: Searches
    guesses: GuessLimit
    """By whoever calls: identifiers that nobody has."""
    members: Members
    fingerprint: Callable[[bytes], bytes]

    @property
    def guarded(self) -> Any:  # noqa: ANN401 - FastAPI's own type for a dependency is private
        """The dependency of every route with a `customer_id`: who is out of the caller's scope is not found."""
        return Depends(SeesMember(self.members, lambda _: CustomerNotFound()))

    def entry(self, connection: Connection, customer_id: UUID) -> CustomerEntry:
        """The customer's place in the directory, also of somebody erased. Raises `CustomerNotFound`."""
        entry = directory.find(connection, customer_id)
        if entry is None:
            raise CustomerNotFound
        return entry

    def cause(self, call: Call) -> Cause:
        """Why the commands of `call` are given: now, by the business clock."""
        return call.cause(self.clock.now())

    def at_home(self, registration: Registration, call: Call) -> Registration:
        """`registration` in one of the caller's stores. Raises `InvalidInput` for another one's."""
        return replace(registration, home_store=home_store(self.members, call.caller, registration.home_store))

    def veiled(self, call: Call) -> Call:
        """`call` with a keyed request hash: a plain hash of a stored body would let its phone number be guessed."""
        return replace(call, request_hash=self.fingerprint(call.request_hash))
