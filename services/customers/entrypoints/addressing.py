"""The routes that tell where people can be reached: another service of ours that sends, and a clerk who calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.customers.application.addresses import Address, ContactChannel, ContactPurpose, Request
from services.customers.application.profile import Language
from services.customers.domain.customer.errors import CustomerNotFound
from services.customers.read_models.customer_directory.query import among
from shared.access.calls import CallDep
from shared.access.permissions import requires
from shared.commands.transact import transact
from shared.kernel.errors import Rejected

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from services.customers.entrypoints.wiring import Wiring
    from shared.access.permissions import Caller

RELEASES_MAX = 500


class AddressRequest(BaseModel):
    """What the customer is to be told, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: ContactPurpose
    channel: ContactChannel


class Calling(BaseModel):
    """What a member is called about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: ContactPurpose


class NumberToCall(BaseModel):
    """For this one call; keep it nowhere."""

    model_config = ConfigDict(frozen=True)

    customer_id: UUID
    phone: str = Field(description="As E.164.")


class AddressOfRequest(AddressRequest):
    """Who is to be told what, and how."""

    customer_id: UUID


class AddressRequests(BaseModel):
    """Many at once; each stands alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    releases: list[AddressOfRequest] = Field(min_length=1, max_length=RELEASES_MAX)


class ReleasedAddress(BaseModel):
    """Where the customer can be reached now. Use it for this one message, and keep it nowhere."""

    model_config = ConfigDict(frozen=True)

    customer_id: UUID
    version: int = Field(description="The stream version by which consent was checked.")
    address: str = Field(description="A phone number as E.164, or an e-mail address.")
    name: str | None = Field(description="How to address the customer, if they told.")
    language: Language = Field(description="In which the customer is written to.")

    @classmethod
    def of(cls, address: Address) -> Self:
        """As the application gives it."""
        return cls(
            customer_id=address.customer_id,
            version=address.version,
            address=address.value,
            name=address.name,
            language=address.language,
        )


class RefusedAddress(BaseModel):
    """Why there is none: do not send."""

    model_config = ConfigDict(frozen=True)

    customer_id: UUID
    code: str = Field(
        description="consent_missing, address_missing, customer_not_found, customer_erased or profile_unreadable.",
    )
    detail: str


class AddressResults(BaseModel):
    """One result per request, in the order in which they were sent."""

    model_config = ConfigDict(frozen=True)

    results: list[ReleasedAddress | RefusedAddress]


def add_routes(routes: APIRouter, wiring: Wiring) -> None:
    """One address, or one for each of many messages."""

    @routes.post(
        "/customers/{customer_id}/address-releases",
        summary="Get an address for one message",
        description="For services that send. Consent is checked in the same call, and every release is audited; the"
        " answer is kept nowhere, also not under an Idempotency-Key. Refused with consent_missing or address_missing.",
        dependencies=[requires("customers.address.release"), wiring.guarded],
    )
    def release(customer_id: UUID, body: AddressRequest, call: CallDep, response: Response) -> ReleasedAddress:
        response.headers["Cache-Control"] = "no-store"
        request = Request(customer_id, body.purpose, body.channel)
        with wiring.engine.begin() as connection:
            return ReleasedAddress.of(wiring.addresses.one(connection, request, call.caller.name))

    @routes.post(
        "/customers/{customer_id}/phone-views",
        summary="See the phone number of somebody who is to be called",
        description="For whoever calls members. Consent to calls is checked in the same call, and every view is"
        " audited; the answer is kept nowhere. Refused with consent_missing or address_missing.",
        dependencies=[requires("customers.phone.view"), wiring.guarded],
    )
    def view_phone(customer_id: UUID, body: Calling, call: CallDep, response: Response) -> NumberToCall:
        response.headers["Cache-Control"] = "no-store"
        with wiring.engine.begin() as connection:
            address = wiring.addresses.one(connection, Request(customer_id, body.purpose, "phone"), call.caller.name)
        return NumberToCall(customer_id=customer_id, phone=address.value)

    @routes.post(
        "/address-releases",
        summary=f"Get up to {RELEASES_MAX} addresses, each for one message",
        description="As for one message, but a refusal is a result with its code and does not disturb its neighbours.",
        dependencies=[requires("customers.address.release")],
    )
    def release_many(body: AddressRequests, call: CallDep, response: Response) -> AddressResults:
        response.headers["Cache-Control"] = "no-store"

        def work(connection: Connection, _: bool) -> AddressResults:
            return AddressResults(results=_results(wiring, connection, body.releases, call.caller))

        return transact(wiring.engine, work)


def _results(
    wiring: Wiring,
    connection: Connection,
    asked: list[AddressOfRequest],
    caller: Caller,
) -> list[ReleasedAddress | RefusedAddress]:
    seen = among(connection, wiring.members.visible_to(caller), {item.customer_id for item in asked})
    requests = [Request(item.customer_id, item.purpose, item.channel) for item in asked if item.customer_id in seen]
    answers = iter(wiring.addresses.release(connection, requests, caller=caller.name))
    return [
        _result(item.customer_id, next(answers) if item.customer_id in seen else CustomerNotFound()) for item in asked
    ]


def _result(customer_id: UUID, answer: Address | Rejected) -> ReleasedAddress | RefusedAddress:
    if isinstance(answer, Rejected):
        return RefusedAddress(customer_id=customer_id, code=answer.code, detail=answer.message)
    return ReleasedAddress.of(answer)
