"""Decides about one store: its details and its tills."""

from __future__ import annotations

from typing import assert_never

from services.stores.domain.store.commands import RegisterStore, RegisterTill, StoreCommand
from services.stores.domain.store.errors import CurrencyFixed, StoreNotFound, TimeZoneFixed
from services.stores.domain.store.events import (
    EVENTS,
    StoreDetailsChanged,
    StoreEvent,
    StoreRegistered,
    TillRegistered,
)
from services.stores.domain.store.state import Store, evolve, initial_state
from shared.kernel.decider import Decider

CATEGORY = "store"


def decide(command: StoreCommand, state: Store) -> list[StoreEvent]:
    """What happens on `command`; nothing when it is so already."""
    match command:
        case RegisterStore():
            return _register(command, state)
        case RegisterTill():
            return _register_till(command, state)
        case _:
            assert_never(command)


def _register(command: RegisterStore, state: Store) -> list[StoreEvent]:
    events: list[StoreEvent] = []
    if state.details is None:
        events.append(StoreRegistered(details=command.details))
    elif state.details.currency != command.details.currency:
        raise CurrencyFixed(state.details.currency, command.details.currency)
    elif state.details.time_zone != command.details.time_zone:
        raise TimeZoneFixed(state.details.time_zone, command.details.time_zone)
    elif state.details != command.details:
        events.append(StoreDetailsChanged(details=command.details))
    new = [till for till in dict.fromkeys(command.tills) if till not in state.tills]
    return [*events, *(TillRegistered(till_id=till) for till in new)]


def _register_till(command: RegisterTill, state: Store) -> list[StoreEvent]:
    if state.details is None:
        raise StoreNotFound(command.store_id)
    return [] if command.till_id in state.tills else [TillRegistered(till_id=command.till_id)]


DECIDER: Decider[StoreCommand, StoreEvent, Store] = Decider(
    category=CATEGORY,
    state_type=Store,
    events=EVENTS,
    initial_state=initial_state,
    decide=decide,
    evolve=evolve,
)
