"""Which stores a caller may see and change: her scope, with its regions as the stores that are in them now."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import select, true

from services.stores.read_models.store_directory.table import STORE_DIRECTORY
from shared.access.permissions import WHOLE_CHAIN

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Engine

    from shared.access.permissions import Scope

Reach: TypeAlias = "frozenset[str] | None"
"""Codes of stores, registered or not; None is every store."""


def reach_of(engine: Engine, scope: Scope) -> Reach:
    """The stores in `scope`. Asks the database only for regions."""
    if scope == WHOLE_CHAIN:
        return None
    if scope.partner is not None:
        return frozenset()
    stores = scope.stores or frozenset()
    if not scope.regions:
        return stores
    with engine.connect() as connection:
        rows = connection.scalars(
            select(STORE_DIRECTORY.c.store_id).where(STORE_DIRECTORY.c.region.in_(scope.regions)),
        )
        return stores | frozenset(rows)


def covers(reach: Reach, store_id: str | None) -> bool:
    """Whether a store is within `reach`; None, the store of nothing, never is."""
    return store_id is not None and (reach is None or store_id in reach)


def within(column: Column[str], reach: Reach) -> ColumnElement[bool]:
    """The condition that a row's store is within `reach`."""
    return true() if reach is None else column.in_(reach)
