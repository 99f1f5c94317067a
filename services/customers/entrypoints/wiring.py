"""What the routes work with, as `bootstrap` puts it together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from services.customers.application.commands import CustomerCommands
    from services.customers.application.identifiers import Recogniser
    from services.customers.application.profiles import Profiles
    from services.customers.application.registration import Registrar
    from shared.access.calls import Call
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
    profiles: Profiles
    fingerprint: Callable[[bytes], bytes]

    def cause(self, call: Call) -> Cause:
        """Why the commands of `call` are given: now, by the business clock."""
        return call.cause(self.clock.now())

    def veiled(self, call: Call) -> Call:
        """`call` with a keyed request hash: a plain hash of a stored body would let its phone number be guessed."""
        return replace(call, request_hash=self.fingerprint(call.request_hash))
