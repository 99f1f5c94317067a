"""Finding members by what a person at a counter types, among those whom the caller sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.customers.application.ports import VaultError
from shared.access.visibility import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.application.identifiers import Identifier
    from services.customers.application.lookups import Lookups
    from services.customers.application.ports import Vault
    from services.customers.application.profile import Profile
    from services.customers.application.questions import Match, Question
    from shared.access.permissions import Caller, Scope
    from shared.kernel.messages import Cause

    Sighting = tuple[datetime, str]
    """When, and in which store."""
    LastSeen = Callable[[Connection, Collection[UUID], Scope], Mapping[UUID, Sighting]]
    """When and where each bought last in the stores of a scope."""

LOOK_UP = "customers.customer.look_up"
LOOKED_AT_MAX = 300
"""Members of whom the last sighting is asked for; of more, the text says too little to order them by."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A member who may be meant."""

    customer_id: UUID
    profile: Profile
    match: Match
    seen: Sighting | None


@dataclass(frozen=True, slots=True)
class Hits:
    """Those who may be meant, the likeliest first; `complete` says that there are no others."""

    hits: tuple[Hit, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Searches:
    """Searches by whoever may see the whole chain or a part of it. As many statements for one hit as for fifty."""

    vault: Vault
    lookups: Lookups
    last_seen: LastSeen

    def search(
        self,
        connection: Connection,
        question: Question,
        caller: Caller,
        cause: Cause,
        *,
        limit: int,
        lock: bool,
    ) -> Hits:
        """Whoever has one of the identifiers comes first, and then who was in the caller's stores last.

        Somebody whom a caller finds by a whole identifier is opened to her stores exactly as a look-up does.
        """
        found: list[UUID] = []
        if question.terms:
            seen = visible(caller.scope, cause.occurred_at)
            found = self.vault.meant(connection, question.terms, seen, limit=LOOKED_AT_MAX + 1)
        owners = self.vault.owners(connection, question.identifiers) if question.identifiers else {}
        sightings = self.last_seen(connection, [*owners.values(), *found[:LOOKED_AT_MAX]], caller.scope)
        order = sorted(found[:LOOKED_AT_MAX], key=lambda id_: _place(sightings.get(id_), id_), reverse=True)
        chosen = list(dict.fromkeys([*owners.values(), *order]))
        profiles = self.vault.profiles(connection, chosen[: limit + len(owners)])
        # Last, since opening somebody locks the audit log.
        shown = self._identified(connection, owners, caller, cause, lock=lock)
        hits = []
        for customer_id, profile in ((id_, profiles.get(id_)) for id_ in chosen):
            # Erased a moment ago, or does not open: an operator hears of that where the profile is asked for.
            if profile is None or isinstance(profile, VaultError):
                continue
            match = shown.get(customer_id) or (question.matched(profile) if customer_id in order else None)
            if match is not None:
                hits.append(Hit(customer_id, profile, match, sightings.get(customer_id)))
        complete = len(hits) <= limit and len(chosen) <= limit + len(owners) and len(found) <= LOOKED_AT_MAX
        return Hits(tuple(hits[:limit]), complete)

    def _identified(
        self,
        connection: Connection,
        owners: Mapping[Identifier, UUID],
        caller: Caller,
        cause: Cause,
        *,
        lock: bool,
    ) -> dict[UUID, Match]:
        """Those of `owners` whom the caller sees, and by which identifier."""
        opens = caller.may(LOOK_UP)
        return {
            owner: identifier.kind
            for identifier, owner in owners.items()
            if self.lookups.show(connection, owner, caller, cause, opens=opens, lock=lock)
        }


def _place(seen: Sighting | None, customer_id: UUID) -> tuple[float, UUID]:
    # By id where nothing tells them apart: the same search twice shows the same order.
    return (seen[0].timestamp() if seen else float("-inf"), customer_id)
