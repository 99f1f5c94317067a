"""Routes of receipts: taking them, showing them, moving, returning and voiding them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.stores.application.documents import RECEIPTS_MAX, ReceiptBatch
from services.stores.application.intake import counts_of
from services.stores.application.reading import read_body
from services.stores.application.sending import refuse_foreign
from services.stores.domain.receipt.events import LinesReturned
from services.stores.entrypoints.answers import (
    IntakeAnswer,
    ReceiptStanding,
    ReceiptVersion,
    ReturnAnswer,
    return_of,
    standing_of,
)
from services.stores.entrypoints.bodies import Attribution, Return, Void
from services.stores.entrypoints.gathered import FEW
from services.stores.entrypoints.guards import SeesReceipt
from services.stores.entrypoints.openapi import described_body
from services.stores.entrypoints.paging import Cursor, Limit
from services.stores.read_models.quarantine import query as quarantine
from services.stores.read_models.quarantine.view import QuarantinePage
from services.stores.read_models.receipt import query as receipt
from services.stores.read_models.receipt.view import ReceiptView
from shared.access.calls import CallDep, CallerDep, answered
from shared.access.permissions import WHOLE_CHAIN, requires
from shared.contracts.receipts import LINES_MAX
from shared.kernel.errors import InvalidInput
from shared.kernel.text import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from services.stores.application.intake import Result
    from services.stores.entrypoints.wiring import Wiring


async def _raw_body(request: Request) -> bytes:
    """The body as it came: `read_body` reads a thousand receipts in one go, and tells what is broken in its words."""
    return await request.body()


RawBody = Annotated[bytes, Depends(_raw_body)]


def add_routes(routes: APIRouter, wiring: Wiring) -> None:
    """Every route of receipts."""
    _add_intake(routes, wiring)
    _add_reading(routes, wiring)
    _add_changes(routes, wiring)


def _add_intake(routes: APIRouter, wiring: Wiring) -> None:
    @routes.post(
        "/receipts",
        response_model=IntakeAnswer,
        summary=f"Take 1 to {RECEIPTS_MAX} receipts",
        description="One result per receipt, in order: **recorded**, **duplicate** (came before with the same content),"
        " **quarantined** (came before with other content; see GET /quarantine) or **invalid** (with every error). An"
        " invalid receipt does not disturb its neighbours; one of a store or till that is not the caller's is invalid"
        " with the code not_yours. Sending everything again is safe, with or without an Idempotency-Key. A receipt has"
        f" at most {LINES_MAX} lines.",
        dependencies=[requires("stores.receipts.write")],
        openapi_extra=described_body(ReceiptBatch),
    )
    def take_receipts(raw: RawBody, call: CallDep) -> Response:
        documents = refuse_foreign(read_body(raw), wiring.reach(call.caller), call.caller.device)
        cause = call.cause(wiring.clock.now())
        if call.key is None and len(documents) <= FEW:
            taken = wiring.gathered.take(documents, cause)
            wiring.intake.took(taken)
            return answered(IntakeAnswer.model_construct(results=taken, counts=counts_of(taken)))
        results: Sequence[Result] = ()

        def work(connection: Connection, lock: bool) -> IntakeAnswer:
            nonlocal results
            results = wiring.intake.take(connection, documents, cause, lock=lock)
            return IntakeAnswer.model_construct(results=results, counts=counts_of(results))

        answer = wiring.veiled(call).answer(wiring.engine, work)
        wiring.intake.took(results)
        return answer


def _add_reading(routes: APIRouter, wiring: Wiring) -> None:
    guarded = Depends(SeesReceipt(wiring.engine))

    @routes.get(
        "/receipts/{receipt_id}",
        summary="A receipt as it stands, with its history",
        dependencies=[requires("stores.receipts.read"), guarded],
    )
    def get_receipt(receipt_id: UUID) -> ReceiptView:
        with wiring.engine.begin() as connection:
            return receipt.find(connection, receipt_id, store=wiring.handler.store)

    @routes.get(
        "/quarantine",
        summary="Receipts that came again with other content",
        dependencies=[requires("stores.receipts.read")],
    )
    def get_quarantine(
        caller: CallerDep,
        store: Code | None = None,
        cursor: Cursor | None = None,
        limit: Limit = 100,
    ) -> QuarantinePage:
        reach = wiring.reach(caller)
        with wiring.engine.begin() as connection:
            return quarantine.page(connection, reach, store_id=store, cursor=cursor, limit=limit)


def _add_changes(routes: APIRouter, wiring: Wiring) -> None:
    guarded = Depends(SeesReceipt(wiring.engine))

    @routes.post(
        "/receipts/{receipt_id}/attribution",
        response_model=ReceiptVersion,
        summary="Give a receipt to a member",
        description="Whoever had it before does not any more. The member must be known; a store names them by the card"
        " or phone that they show, only headquarters by customer_id.",
        dependencies=[requires("stores.receipts.attribute"), guarded],
    )
    def attribute(receipt_id: UUID, body: Attribution, call: CallDep) -> Response:
        if body.customer_id is not None and call.caller.scope != WHOLE_CHAIN:
            # Else a receipt of her own would make any member visible whose id she has got hold of.
            msg = "customer_id can be given by headquarters only; send member, with the card or phone that was shown"
            raise InvalidInput(msg, field="customer_id")
        cause = call.cause(wiring.clock.now())

        def work(connection: Connection, lock: bool) -> ReceiptVersion:
            version = wiring.receipts.move(connection, receipt_id, body.to, cause, lock=lock)
            return ReceiptVersion(receipt_id=receipt_id, version=version)

        return wiring.veiled(call).answer(wiring.engine, work)

    @routes.post(
        "/receipts/{receipt_id}/returns",
        response_model=ReturnAnswer,
        summary="Take goods back",
        description="In one step or many, never more than was sold of a line. The same `return_id` with the same"
        " content has the same answer.",
        dependencies=[requires("stores.receipts.return"), guarded],
    )
    def return_lines(receipt_id: UUID, body: Return, call: CallDep) -> Response:
        cause = call.cause(body.returned_at)
        lines = [line.part() for line in body.lines]

        def work(connection: Connection, lock: bool) -> ReturnAnswer:
            stood = wiring.receipts.return_lines(
                connection,
                receipt_id,
                body.return_id,
                body.returned_at,
                lines=lines,
                cause=cause,
                lock=lock,
            )
            event = stood.moment.event
            assert isinstance(event, LinesReturned)  # noqa: S101 - what `return_lines` looked for
            return return_of(stood, event)

        return call.answer(wiring.engine, work)

    @routes.post(
        "/receipts/{receipt_id}/void",
        response_model=ReceiptStanding,
        summary="Void a receipt",
        description="It counts as if it had not been. Voiding it again has the same answer.",
        dependencies=[requires("stores.receipts.void"), guarded],
    )
    def void(receipt_id: UUID, body: Void, call: CallDep) -> Response:
        voided_at = body.voided_at or wiring.clock.now()

        def work(connection: Connection, lock: bool) -> ReceiptStanding:
            cause = call.cause(voided_at)
            return standing_of(wiring.receipts.void(connection, receipt_id, voided_at, cause, lock=lock))

        return call.answer(wiring.engine, work)
