"""Routes about complaints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.customers.domain.values import Complaint, ComplaintCategory, ComplaintOutcome
from services.customers.entrypoints.answers import CustomerVersion
from services.customers.read_models.complaints.query import complaints_of
from services.customers.read_models.complaints.view import ComplaintEntry
from shared.access.calls import CallDep, CallerDep
from shared.access.permissions import requires
from shared.kernel.errors import InvalidInput
from shared.kernel.text import Code

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from services.customers.entrypoints.wiring import Wiring

ComplaintText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4096, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$", strip_whitespace=True),
]
"""Free text, on as many lines as people write."""


class NewComplaint(BaseModel):
    """What a customer complains about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    complaint_id: UUID = Field(description="A UUIDv7 of the caller's, kept for retries.")
    category: ComplaintCategory
    store: Code | None = Field(default=None, description="The store that it is about, if it is about one.")
    text: ComplaintText = Field(description="What the customer said. Kept sealed; shown to whoever serves them only.")


class Closing(BaseModel):
    """How a complaint ended."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: ComplaintOutcome


class ComplaintChange(CustomerVersion):
    """The complaint, and the customer's stream version after the change."""

    complaint_id: UUID


class ComplaintList(BaseModel):
    """A customer's complaints, the newest first, without what was said."""

    model_config = ConfigDict(frozen=True)

    customer_id: UUID
    items: list[ComplaintEntry]


class ComplaintAnswer(BaseModel):
    """A complaint, with what was said."""

    model_config = ConfigDict(frozen=True)

    customer_id: UUID
    complaint_id: UUID
    category: ComplaintCategory
    store_id: str | None
    outcome: ComplaintOutcome | None = Field(description="Null while it is open.")
    text: str


def add_routes(routes: APIRouter, wiring: Wiring) -> None:
    """Taking, settling and reading complaints."""
    _add_changes(routes, wiring)
    _add_readings(routes, wiring)


def _add_changes(routes: APIRouter, wiring: Wiring) -> None:
    complaints = wiring.complaints

    @routes.post(
        "/customers/{customer_id}/complaints",
        status_code=201,
        response_model=ComplaintChange,
        summary="Take a complaint",
        description="While one is open the customer gets no marketing. The same complaint again changes nothing.",
        dependencies=[requires("customers.complaints.record"), wiring.guarded],
    )
    def open_complaint(customer_id: UUID, body: NewComplaint, call: CallDep) -> Response:
        if body.store is not None and not wiring.members.covers(call.caller, body.store):
            msg = f"store {body.store} is not one of your stores; send one that is, or leave it out"
            raise InvalidInput(msg, field="store", value=body.store)
        complaint = Complaint(body.complaint_id, body.category, body.store)

        def work(connection: Connection, lock: bool) -> ComplaintChange:
            version = complaints.open(connection, customer_id, complaint, body.text, wiring.cause(call), lock=lock)
            return ComplaintChange(customer_id=customer_id, version=version, complaint_id=body.complaint_id)

        return wiring.veiled(call).answer(wiring.engine, work, status=201)

    @routes.post(
        "/customers/{customer_id}/complaints/{complaint_id}/closing",
        response_model=ComplaintChange,
        summary="Close a complaint",
        dependencies=[requires("customers.complaints.record"), wiring.guarded],
    )
    def close_complaint(customer_id: UUID, complaint_id: UUID, body: Closing, call: CallDep) -> Response:
        def work(connection: Connection, lock: bool) -> ComplaintChange:
            cause = wiring.cause(call)
            version = complaints.close(connection, customer_id, complaint_id, body.outcome, cause, lock=lock)
            return ComplaintChange(customer_id=customer_id, version=version, complaint_id=complaint_id)

        return call.answer(wiring.engine, work)


def _add_readings(routes: APIRouter, wiring: Wiring) -> None:
    @routes.get(
        "/customers/{customer_id}/complaints",
        summary="List a customer's complaints",
        dependencies=[requires("customers.complaints.read"), wiring.guarded],
    )
    def list_complaints(customer_id: UUID) -> ComplaintList:
        with wiring.engine.connect() as connection:
            wiring.entry(connection, customer_id)
            return ComplaintList(customer_id=customer_id, items=complaints_of(connection, customer_id))

    @routes.get(
        "/customers/{customer_id}/complaints/{complaint_id}",
        summary="Read what was said in a complaint",
        description="Each view is written down with its caller.",
        dependencies=[requires("customers.complaint_texts.read"), wiring.guarded],
    )
    def read_complaint(customer_id: UUID, complaint_id: UUID, caller: CallerDep, response: Response) -> ComplaintAnswer:
        response.headers["Cache-Control"] = "no-store"
        with wiring.engine.begin() as connection:
            complaint, text = wiring.complaints.read(connection, customer_id, complaint_id, caller=caller.name)
        return ComplaintAnswer(
            customer_id=customer_id,
            complaint_id=complaint_id,
            category=complaint.category,
            store_id=complaint.store_id,
            outcome=complaint.outcome,
            text=text,
        )
