"""What can be asked of a store's stream."""

from __future__ import annotations

from dataclasses import dataclass

from services.stores.domain.store.events import StoreDetails
from shared.kernel.messages import Command


@dataclass(frozen=True, slots=True)
class RegisterStore(Command):
    """Be a store with these details and at least these tills; asked again, take the details that may change."""

    details: StoreDetails
    tills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisterTill(Command):
    """Have one more till."""

    store_id: str
    till_id: str


StoreCommand = RegisterStore | RegisterTill
