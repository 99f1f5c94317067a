"""Routes of stores and tills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, Response
from pydantic import ValidationError

from services.stores.application.commands import StoreRegistration
from services.stores.domain.store.errors import StoreNotFound
from services.stores.domain.store.events import StoreRegistered
from services.stores.entrypoints.answers import StoreResult, StoreResults, StoreVersion
from services.stores.entrypoints.bodies import STORES_MAX, NewStore, NewStores, NewTill
from services.stores.entrypoints.guards import SeesStore, require_store
from services.stores.entrypoints.paging import Cursor, Limit
from services.stores.read_models.reach import covers
from services.stores.read_models.store_directory import query as directory
from services.stores.read_models.store_directory.view import StoreEntry, StorePage
from shared.access.calls import CallDep, CallerDep
from shared.access.permissions import requires
from shared.contracts.receipt_checks import FieldError
from shared.kernel.text import Code, field_path

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from services.stores.entrypoints.wiring import Wiring
    from services.stores.read_models.reach import Reach
    from shared.commands.handler import Decision
    from shared.kernel.errors import Rejected


def add_routes(routes: APIRouter, wiring: Wiring) -> None:
    """Every route of stores."""
    _add_registering(routes, wiring)
    _add_reading(routes, wiring)


def _add_registering(routes: APIRouter, wiring: Wiring) -> None:
    guarded = Depends(SeesStore(wiring.engine))

    @routes.post(
        "/stores",
        response_model=StoreVersion,
        summary="Register a store, or change it",
        description="A known code takes the details that are sent and keeps its currency and time zone; tills are"
        " added. Only headquarters registers a new store; others change their own.",
        dependencies=[requires("stores.stores.write")],
    )
    def register_store(body: NewStore, call: CallDep) -> Response:
        require_store(wiring.engine, call.caller.scope, body.store)
        cause = call.cause(wiring.clock.now())
        registration = StoreRegistration(body.store, body.command(), cause)

        def work(connection: Connection, lock: bool) -> StoreVersion:
            (decision,) = wiring.stores.register(connection, [registration], lock=lock)
            return StoreVersion(store=body.store, version=_version(decision.unwrap()))

        return call.answer(wiring.engine, work)

    @routes.post(
        "/stores/batch",
        response_model=StoreResults,
        summary=f"Register or change 1 to {STORES_MAX} stores",
        description="One result per store, in order. A rejected one does not disturb its neighbours.",
        dependencies=[requires("stores.stores.write")],
    )
    def register_stores(body: NewStores, call: CallDep) -> Response:
        reach = wiring.reach(call.caller)
        read = [_read(index, item, reach) for index, item in enumerate(body.stores)]
        cause = call.cause(wiring.clock.now())
        registrations = [
            StoreRegistration.numbered(item.store, item.command(), cause, index)
            for index, item in enumerate(read)
            if isinstance(item, NewStore)
        ]

        def work(connection: Connection, lock: bool) -> StoreResults:
            decisions = iter(wiring.stores.register(connection, registrations, lock=lock))
            return StoreResults(
                results=[
                    item if isinstance(item, StoreResult) else _result(index, item.store, next(decisions))
                    for index, item in enumerate(read)
                ],
            )

        return call.answer(wiring.engine, work)

    @routes.post(
        "/stores/{code}/tills",
        response_model=StoreVersion,
        summary="Register a till",
        dependencies=[requires("stores.stores.write"), guarded],
    )
    def register_till(code: Code, body: NewTill, call: CallDep) -> Response:
        cause = call.cause(wiring.clock.now())

        def work(connection: Connection, lock: bool) -> StoreVersion:
            version = wiring.stores.register_till(connection, code, body.till, cause, lock=lock)
            return StoreVersion(store=code, version=version)

        return call.answer(wiring.engine, work)


def _add_reading(routes: APIRouter, wiring: Wiring) -> None:
    guarded = Depends(SeesStore(wiring.engine))

    @routes.get("/stores", summary="Stores by code", dependencies=[requires("stores.stores.read")])
    def get_stores(
        caller: CallerDep,
        cursor: Cursor | None = None,
        limit: Limit = 100,
    ) -> StorePage:
        reach = wiring.reach(caller)
        with wiring.engine.begin() as connection:
            return directory.page(connection, reach, after=cursor, limit=limit)

    @routes.get("/stores/{code}", summary="One store", dependencies=[requires("stores.stores.read"), guarded])
    def get_store(code: Code) -> StoreEntry:
        with wiring.engine.begin() as connection:
            found = directory.find(connection, code)
        if found is None:
            raise StoreNotFound(code)
        return found


def _read(index: int, item: object, reach: Reach) -> NewStore | StoreResult:
    try:
        new = NewStore.model_validate(item)
        return new if covers(reach, new.store) else _rejected(index, new.store, StoreNotFound(new.store))
    except ValidationError as error:
        errors = [FieldError(field_path(found["loc"]), found["msg"]) for found in error.errors(include_url=False)]
        return StoreResult(index=index, outcome="rejected", code="invalid_input", errors=errors)


def _result(index: int, store: str, decision: Decision) -> StoreResult:
    if decision.rejected is not None:
        return _rejected(index, store, decision.rejected)
    events = decision.unwrap().events
    is_new = bool(events) and isinstance(events[0].event, StoreRegistered)
    outcome = "registered" if is_new else "changed" if events else "unchanged"
    return StoreResult(index=index, outcome=outcome, store=store, version=_version(decision))


def _rejected(index: int, store: str, why: Rejected) -> StoreResult:
    errors = [FieldError(str(why.facts.get("field", "store")), why.message)]
    return StoreResult(index=index, outcome="rejected", store=store, code=why.code, errors=errors)


def _version(decision: Decision) -> int:
    (after,) = decision.states.values()
    return after.version
