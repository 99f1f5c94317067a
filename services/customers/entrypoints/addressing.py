"""The route by which another service of ours asks where somebody can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.customers.application.addresses import ContactChannel, ContactPurpose
from shared.access.calls import CallDep
from shared.access.permissions import requires

if TYPE_CHECKING:
    from services.customers.entrypoints.wiring import Wiring


class AddressRequest(BaseModel):
    """What the customer is to be told, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: ContactPurpose
    channel: ContactChannel


class ReleasedAddress(BaseModel):
    """Where the customer can be reached now. Use it for this one message, and keep it nowhere."""

    model_config = ConfigDict(frozen=True)

    customer_id: UUID
    version: int = Field(description="The stream version by which consent was checked.")
    address: str = Field(description="A phone number as E.164, or an e-mail address.")


def add_routes(routes: APIRouter, wiring: Wiring) -> None:
    """One address at a time."""

    @routes.post(
        "/customers/{customer_id}/address-releases",
        summary="Get an address for one message",
        description="For services that send. Consent is checked in the same call, and every release is audited; the"
        " answer is kept nowhere, also not under an Idempotency-Key. Refused with consent_missing or address_missing.",
        dependencies=[requires("customers.address.release"), wiring.guarded],
    )
    def release(customer_id: UUID, body: AddressRequest, call: CallDep, response: Response) -> ReleasedAddress:
        response.headers["Cache-Control"] = "no-store"
        with wiring.engine.begin() as connection:
            address = wiring.addresses.release(
                connection,
                customer_id,
                body.purpose,
                body.channel,
                caller=call.caller.name,
            )
        return ReleasedAddress(customer_id=customer_id, version=address.version, address=address.value)
