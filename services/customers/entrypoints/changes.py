"""Routes that change a customer: identifiers, preferences, consents, erasure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter, Response

from services.customers.entrypoints.answers import CustomerVersion, Erased
from services.customers.entrypoints.bodies import ConsentBody, ConsentScopeBody, NewIdentifier, PreferencesBody
from shared.access.calls import CallDep
from shared.access.permissions import requires

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from services.customers.entrypoints.wiring import Wiring


def add_routes(routes: APIRouter, wiring: Wiring) -> None:
    """Every change repeats harmlessly: what is so already stays as it is, and the version with it."""
    _add_person_routes(routes, wiring)
    _add_consent_routes(routes, wiring)


def _add_person_routes(routes: APIRouter, wiring: Wiring) -> None:
    commands = wiring.commands

    @routes.post(
        "/customers/{customer_id}/identifiers",
        response_model=CustomerVersion,
        summary="Link another phone, card or e-mail",
        dependencies=[requires("customers.identifier.link"), wiring.guarded],
    )
    def link(customer_id: UUID, body: NewIdentifier, call: CallDep) -> Response:
        identifier = wiring.recogniser.read(body.kind, body.value)

        def work(connection: Connection, lock: bool) -> CustomerVersion:
            version = commands.link(connection, customer_id, identifier, wiring.cause(call), lock=lock)
            return CustomerVersion(customer_id=customer_id, version=version)

        return wiring.veiled(call).answer(wiring.engine, work)

    @routes.post(
        "/customers/{customer_id}/preferences",
        response_model=CustomerVersion,
        summary="Note the language and the calendar of the birthday",
        description="What is left out stays. Nothing of it is public, so that the stream version stays too.",
        dependencies=[requires("customers.preferences.record"), wiring.guarded],
    )
    def prefer(customer_id: UUID, body: PreferencesBody, call: CallDep) -> Response:
        def work(connection: Connection, _: bool) -> CustomerVersion:
            version = wiring.preferences.change(
                connection,
                customer_id,
                language=body.language,
                birthday_calendar=body.birthday_calendar,
                caller=call.caller.name,
            )
            return CustomerVersion(customer_id=customer_id, version=version)

        return wiring.veiled(call).answer(wiring.engine, work)

    @routes.post(
        "/customers/{customer_id}/erasure",
        response_model=Erased,
        summary="Erase a customer",
        description="Destroys the key, the record and the index rows of the customer. It cannot be taken back.",
        dependencies=[requires("customers.customer.erase"), wiring.guarded],
    )
    def erase(customer_id: UUID, call: CallDep) -> Response:
        def work(connection: Connection, lock: bool) -> Erased:
            version = commands.erase(connection, customer_id, wiring.cause(call), lock=lock)
            return Erased(customer_id=customer_id, version=version)

        return call.answer(wiring.engine, work)


def _add_consent_routes(routes: APIRouter, wiring: Wiring) -> None:
    commands = wiring.commands

    @routes.post(
        "/customers/{customer_id}/consents",
        response_model=CustomerVersion,
        summary="Note a consent",
        description="Marketing is agreed to by channel; membership and profiling have none.",
        dependencies=[requires("customers.consent.record"), wiring.guarded],
    )
    def give_consent(customer_id: UUID, body: ConsentBody, call: CallDep) -> Response:
        consent = body.consent()

        def work(connection: Connection, lock: bool) -> CustomerVersion:
            version = commands.give_consent(connection, customer_id, consent, wiring.cause(call), lock=lock)
            return CustomerVersion(customer_id=customer_id, version=version)

        return call.answer(wiring.engine, work)

    @routes.post(
        "/customers/{customer_id}/consents/withdrawals",
        response_model=CustomerVersion,
        summary="Take a consent back",
        dependencies=[requires("customers.consent.record"), wiring.guarded],
    )
    def withdraw_consent(customer_id: UUID, body: ConsentScopeBody, call: CallDep) -> Response:
        scope = body.scope()

        def work(connection: Connection, lock: bool) -> CustomerVersion:
            version = commands.withdraw_consent(connection, customer_id, scope, wiring.cause(call), lock=lock)
            return CustomerVersion(customer_id=customer_id, version=version)

        return call.answer(wiring.engine, work)
