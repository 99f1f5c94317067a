"""Checks that routes declare: that the store or receipt in their path is one of the caller's stores'."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from fastapi.concurrency import run_in_threadpool

from services.stores.domain.receipt.errors import ReceiptNotFound
from services.stores.domain.store.errors import StoreNotFound
from services.stores.read_models.reach import covers, reach_of
from services.stores.read_models.receipt.query import store_of
from shared.access.calls import CallerDep
from shared.access.permissions import WHOLE_CHAIN
from shared.access.visibility import Guard
from shared.kernel.text import Code

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from shared.access.permissions import Scope


class SeesStore(Guard):
    """For routes with a store's `code` in their path."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def __call__(self, code: Code, caller: CallerDep) -> None:
        if caller.scope != WHOLE_CHAIN:
            await run_in_threadpool(require_store, self._engine, caller.scope, code)


class SeesReceipt(Guard):
    """For routes with a `receipt_id` in their path."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def __call__(self, receipt_id: UUID, caller: CallerDep) -> None:
        if caller.scope != WHOLE_CHAIN:
            await run_in_threadpool(self._require, caller.scope, receipt_id)

    def _require(self, scope: Scope, receipt_id: UUID) -> None:
        reach = reach_of(self._engine, scope)
        with self._engine.connect() as connection:
            if not covers(reach, store_of(connection, receipt_id)):
                raise ReceiptNotFound


def require_store(engine: Engine, scope: Scope, store_id: str) -> None:
    """Raises `StoreNotFound` for a store out of `scope`, whether it is registered or not."""
    if not covers(reach_of(engine, scope), store_id):
        raise StoreNotFound(store_id)
