"""A store as its decisions and its publication need it: all of it, for it is small and seldom changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from services.stores.domain.store.events import (
    StoreDetails,
    StoreDetailsChanged,
    StoreEvent,
    StoreRegistered,
    TillRegistered,
)


@dataclass(frozen=True, slots=True)
class Store:
    """A store as it is now; no details means that nobody registered it."""

    details: StoreDetails | None = None
    tills: tuple[str, ...] = ()


def initial_state() -> Store:
    """No store yet."""
    return Store()


def evolve(state: Store, event: StoreEvent) -> Store:
    """The store after `event`."""
    match event:
        case StoreRegistered(details=details) | StoreDetailsChanged(details=details):
            return replace(state, details=details)
        case TillRegistered(till_id=till_id):
            return replace(state, tills=(*state.tills, till_id))
        case _:
            assert_never(event)
