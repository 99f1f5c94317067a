"""Routes that show: look-ups, the directory, consents, the timeline, profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.customers.entrypoints.answers import ConsentPage, CustomerState, Found, ProfileAnswer
from services.customers.entrypoints.bodies import Lookup, ProfileView
from services.customers.read_models.consent_history import query as consents
from services.customers.read_models.customer_directory import query as directory
from services.customers.read_models.customer_directory.view import CustomerPage
from services.customers.read_models.timeline import query as timeline
from services.customers.read_models.timeline.view import TimelinePage
from shared.access.calls import CallDep, CallerDep
from shared.access.permissions import requires

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from services.customers.entrypoints.wiring import Wiring

VERSION_MAX = 2**31 - 1

Limit = Annotated[int, Query(ge=1, le=200)]


def add_routes(routes: APIRouter, wiring: Wiring) -> None:
    """Routes about customers without anything personal, and about who they are."""
    _add_directory_routes(routes, wiring)
    _add_person_routes(routes, wiring)


def _add_directory_routes(routes: APIRouter, wiring: Wiring) -> None:
    @routes.get(
        "/customers",
        summary="List customers",
        description="By id, those in the caller's scope, without anything personal.",
        dependencies=[requires("customers.customer.read")],
    )
    def list_customers(caller: CallerDep, cursor: UUID | None = None, limit: Limit = 50) -> CustomerPage:
        with wiring.engine.connect() as connection:
            return directory.page(connection, wiring.members.visible_to(caller), after=cursor, limit=limit)

    @routes.get(
        "/customers/{customer_id}",
        summary="Show a customer without anything personal",
        dependencies=[requires("customers.customer.read"), wiring.guarded],
    )
    def show(customer_id: UUID) -> CustomerState:
        with wiring.engine.connect() as connection:
            entry = wiring.entry(connection, customer_id)
            agreed = consents.current(connection, customer_id, at_version=entry.version)
        return CustomerState(**entry.model_dump(), consents=[] if entry.erased else agreed)

    @routes.get(
        "/customers/{customer_id}/consents",
        summary="Show what a customer agreed to and took back",
        dependencies=[requires("customers.consent.read"), wiring.guarded],
    )
    def show_consents(
        customer_id: UUID,
        cursor: Annotated[int, Query(ge=0, le=VERSION_MAX)] = 0,
        limit: Limit = 50,
    ) -> ConsentPage:
        with wiring.engine.connect() as connection:
            version = wiring.entry(connection, customer_id).version
            items, next_cursor = consents.history(
                connection,
                customer_id,
                after=cursor,
                at_version=version,
                limit=limit,
            )
        return ConsentPage(customer_id=customer_id, version=version, items=items, next_cursor=next_cursor)

    @routes.get(
        "/customers/{customer_id}/timeline",
        summary="Show what happened with a customer",
        description="Purchases, points, segments, offers, messages, consents and complaints, the newest first.",
        dependencies=[requires("customers.timeline.read"), wiring.guarded],
    )
    def show_timeline(
        customer_id: UUID,
        cursor: Annotated[str | None, Query(max_length=64)] = None,
        limit: Limit = 50,
    ) -> TimelinePage:
        with wiring.engine.connect() as connection:
            version = wiring.entry(connection, customer_id).version
            items, next_cursor = timeline.page(connection, customer_id, cursor=cursor, limit=limit)
        return TimelinePage(customer_id=customer_id, version=version, items=items, next_cursor=next_cursor)


def _add_person_routes(routes: APIRouter, wiring: Wiring) -> None:
    @routes.post(
        "/lookups",
        response_model=Found,
        summary="Find a customer by phone, card or e-mail",
        description="A POST, so that no identifier is ever part of a URL. Who is found can be seen by the caller's"
        " stores for the next 24 hours, wherever else the customer buys; each opening is written down.",
        dependencies=[requires("customers.customer.look_up")],
    )
    def look_up(body: Lookup, call: CallDep) -> Response:
        identifier, cause = body.identifier(wiring.recogniser), wiring.cause(call)
        wiring.guesses.count(call.caller.name)

        def work(connection: Connection, lock: bool) -> Found:
            return Found(customer_id=wiring.lookups.look_up(connection, identifier, call.caller, cause, lock=lock))

        answer = wiring.veiled(call).answer(wiring.engine, work)
        wiring.guesses.forgive(call.caller.name)
        return answer

    @routes.get(
        "/customers/{customer_id}/profile",
        summary="Show a profile under its mask",
        dependencies=[requires("customers.profile.read"), wiring.guarded],
    )
    def show_profile(customer_id: UUID, response: Response) -> ProfileAnswer:
        response.headers["Cache-Control"] = "no-store"
        with wiring.engine.connect() as connection:
            return ProfileAnswer.masked(customer_id, wiring.profiles.read(connection, customer_id))

    @routes.post(
        "/customers/{customer_id}/profile-views",
        summary="See a profile without its mask",
        description="Each view is written down with its caller and purpose. The answer is kept nowhere, also not under"
        " an Idempotency-Key: a repeated call is another view.",
        dependencies=[requires("customers.profile.unmask"), wiring.guarded],
    )
    def view_profile(customer_id: UUID, body: ProfileView, call: CallDep, response: Response) -> ProfileAnswer:
        response.headers["Cache-Control"] = "no-store"
        with wiring.engine.begin() as connection:
            profile = wiring.profiles.unmask(
                connection,
                customer_id,
                caller=call.caller.name,
                purpose=body.purpose,
            )
        return ProfileAnswer.whole(customer_id, profile)
