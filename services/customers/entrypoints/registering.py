"""Routes by which people become customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Response
from pydantic import ValidationError

from services.customers.application.registration import Outcome, Registration
from services.customers.entrypoints.answers import CustomerVersion, RegistrationResult, RegistrationResults
from services.customers.entrypoints.bodies import NewCustomer, NewCustomers
from services.customers.entrypoints.private_route import describe
from shared.access.calls import CallDep
from shared.access.permissions import requires
from shared.kernel.errors import InvalidInput, Rejected
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from services.customers.entrypoints.wiring import Wiring
    from shared.access.calls import Call


def add_routes(routes: APIRouter, wiring: Wiring) -> None:
    """Registering one and many."""

    @routes.post(
        "/customers",
        status_code=201,
        response_model=CustomerVersion,
        summary="Register a customer",
        description="The same customer_id with the same content again gives the same answer and changes nothing; with"
        " another content it is refused (customer_exists), as is an identifier of somebody else (identifier_taken).",
        dependencies=[requires("customers.customer.register")],
    )
    def register(body: NewCustomer, call: CallDep) -> Response:
        today = wiring.clock.today(wiring.time_zone)
        registration = body.registration(wiring.recogniser, today, lambda: derived_id(call.id, "customer", 0))
        registration = wiring.at_home(registration, call)

        def work(connection: Connection, lock: bool) -> CustomerVersion:
            outcome = _register(wiring, connection, [registration], call, today, lock=lock)[0]
            if outcome.rejected:
                raise outcome.rejected
            return CustomerVersion(customer_id=registration.customer_id, version=outcome.version)

        return wiring.veiled(call).answer(wiring.engine, work, status=201)

    @routes.post(
        "/customers/batch",
        response_model=RegistrationResults,
        summary="Register up to 1,000 customers",
        description="One result per customer, in order. A rejected one does not disturb its neighbours.",
        dependencies=[requires("customers.customer.register")],
    )
    def register_batch(body: NewCustomers, call: CallDep) -> Response:
        today = wiring.clock.today(wiring.time_zone)
        read = [_read(item, n, wiring, today, call) for n, item in enumerate(body.customers)]
        registrations = [item for item in read if isinstance(item, Registration)]

        def work(connection: Connection, lock: bool) -> RegistrationResults:
            outcomes = iter(_register(wiring, connection, registrations, call, today, lock=lock))
            return RegistrationResults(
                results=[
                    _rejected(item) if isinstance(item, Rejected) else _result(item, next(outcomes)) for item in read
                ],
            )

        return wiring.veiled(call).answer(wiring.engine, work)


def _register(
    wiring: Wiring,
    connection: Connection,
    registrations: list[Registration],
    call: Call,
    today: date,
    *,
    lock: bool,
) -> list[Outcome]:
    return wiring.registrar.register(connection, registrations, wiring.cause(call), registered_on=today, lock=lock)


def _read(item: object, n: int, wiring: Wiring, today: date, call: Call) -> Registration | Rejected:
    try:
        customer = NewCustomer.model_validate(item)
        registration = customer.registration(wiring.recogniser, today, lambda: derived_id(call.id, "customer", n))
        return wiring.at_home(registration, call)
    except ValidationError as error:
        return InvalidInput(describe(error.errors()))
    except Rejected as rejected:
        return rejected


def _result(registration: Registration, outcome: Outcome) -> RegistrationResult:
    if outcome.rejected:
        return _rejected(outcome.rejected)
    return RegistrationResult(
        outcome="registered" if outcome.is_new else "unchanged",
        customer_id=registration.customer_id,
        version=outcome.version,
    )


def _rejected(why: Rejected) -> RegistrationResult:
    return RegistrationResult(outcome="rejected", code=why.code, reason=why.message)
