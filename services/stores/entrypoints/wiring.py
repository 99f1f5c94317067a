"""What the routes work with, as `bootstrap` puts it together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from services.stores.read_models.reach import reach_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.stores.application.commands import ReceiptCommands, StoreCommands
    from services.stores.application.intake import Intake
    from services.stores.application.ports import MemberTokens
    from services.stores.entrypoints.gathered import GatheredIntake
    from services.stores.read_models.reach import Reach
    from shared.access.calls import Call
    from shared.access.permissions import Caller
    from shared.commands.handler import CommandHandler
    from shared.identity.tokeniser import Tokeniser
    from shared.kernel.clock import BusinessClock


@dataclass(frozen=True, slots=True)
class Wiring:
    """The application, its database and its business clock."""

    engine: Engine
    handler: CommandHandler
    clock: BusinessClock
    tokens: MemberTokens
    tokeniser: Tokeniser
    intake: Intake
    gathered: GatheredIntake
    receipts: ReceiptCommands
    stores: StoreCommands

    def reach(self, caller: Caller) -> Reach:
        """The stores that `caller` may see and change."""
        return reach_of(self.engine, caller.scope)

    def veiled(self, call: Call) -> Call:
        """`call` with a keyed request hash, for bodies that may name a member."""
        return replace(call, request_hash=self.tokeniser.veiled(call.request_hash))
