"""Finding a customer by an identifier shown at a till, which lets the till's store see them for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from services.customers.domain.customer.errors import IdentifierNotFound
from shared.access.audit_log import Entry, append
from shared.access.visibility import sees, visible

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.application.commands import CustomerCommands
    from services.customers.application.identifiers import Identifier
    from services.customers.application.profiles import Profiles
    from shared.access.permissions import Caller
    from shared.kernel.messages import Cause

OPEN_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Lookups:
    """Look-ups by whoever may see the whole chain or a part of it."""

    profiles: Profiles
    commands: CustomerCommands

    def look_up(
        self,
        connection: Connection,
        identifier: Identifier,
        caller: Caller,
        cause: Cause,
        *,
        lock: bool,
    ) -> UUID:
        """Whose identifier it is; open to the caller's stores for `OPEN_FOR` from now on, which is audited.

        Whoever can see the customer for longer anyway opens nothing. A caller without stores of her own, such as a
        region's manager, has no till where anything is shown: she finds only whom she sees.

        Raises `IdentifierNotFound`.
        """
        customer_id = self.profiles.find(connection, identifier)
        if not self.show(connection, customer_id, caller, cause, lock=lock):
            raise IdentifierNotFound(identifier.kind)
        return customer_id

    def show(
        self,
        connection: Connection,
        customer_id: UUID,
        caller: Caller,
        cause: Cause,
        *,
        opens: bool = True,
        lock: bool,
    ) -> bool:
        """Whether the caller sees somebody who showed her an identifier, once what `look_up` opens is open."""
        scope, until = caller.scope, cause.occurred_at + OPEN_FOR
        if sees(connection, visible(scope, until), customer_id):
            return True
        if not (opens and scope.stores and scope.partner is None):
            return sees(connection, visible(scope, cause.occurred_at), customer_id)
        self.commands.open(connection, customer_id, scope.stores, until, cause, lock=lock)
        details = {"stores": " ".join(sorted(scope.stores)), "until": until.isoformat()}
        append(connection, [Entry(caller.name, "member_opened", f"customer/{customer_id}", details)])
        return True
