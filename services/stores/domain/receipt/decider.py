"""Decides about one receipt: seen before, whose, what is left of it."""

from __future__ import annotations

from typing import assert_never

from services.stores.domain.receipt.commands import (
    AttributeReceipt,
    MoveReceipt,
    ReceiptCommand,
    RecordReceipt,
    RetellReceipt,
    ReturnLines,
    VoidReceipt,
)
from services.stores.domain.receipt.errors import ReceiptIsVoided, ReceiptNotFound, ReturnIdReused
from services.stores.domain.receipt.events import (
    EVENTS,
    LinesReturned,
    ReceiptAttributed,
    ReceiptEvent,
    ReceiptQuarantined,
    ReceiptRecorded,
    ReceiptRetold,
    ReceiptVoided,
)
from services.stores.domain.receipt.returns import parts_coming_back
from services.stores.domain.receipt.state import ReceiptState, evolve, initial_state
from shared.kernel.decider import Decider

CATEGORY = "receipt"


def decide(command: ReceiptCommand, state: ReceiptState) -> list[ReceiptEvent]:
    """What happens on `command`; nothing when it is so already."""
    match command:
        case RecordReceipt():
            return _record(command, state)
        case AttributeReceipt():
            return _attribute(command, state)
        case MoveReceipt():
            return _move(command, state)
        case ReturnLines():
            return _return(command, state)
        case VoidReceipt():
            return _void(command, state)
        case RetellReceipt():
            return _retell(command, state)
        case _:
            assert_never(command)


def _record(command: RecordReceipt, state: ReceiptState) -> list[ReceiptEvent]:
    if not state.content_hash:
        waits = command.customer_id is None and command.receipt.member_token is not None
        return [
            ReceiptRecorded(
                receipt=command.receipt,
                content_hash=command.content_hash,
                customer_id=command.customer_id,
                waits_until=command.waits_until if waits else None,
            ),
        ]
    if command.content_hash == state.content_hash or command.content_hash in state.quarantined:
        return []
    return [ReceiptQuarantined(receipt=command.receipt, content_hash=command.content_hash)]


def _attribute(command: AttributeReceipt, state: ReceiptState) -> list[ReceiptEvent]:
    _require_recorded(state)
    return [] if state.customer_id else [ReceiptAttributed(customer_id=command.customer_id)]


def _move(command: MoveReceipt, state: ReceiptState) -> list[ReceiptEvent]:
    _require_recorded(state)
    if state.customer_id == command.customer_id:
        return []
    return [ReceiptAttributed(customer_id=command.customer_id, previous_customer_id=state.customer_id)]


def _return(command: ReturnLines, state: ReceiptState) -> list[ReceiptEvent]:
    _require_recorded(state)
    known = state.returns.get(command.return_id)
    if known == command.content_hash:
        return []
    if known is not None:
        raise ReturnIdReused(command.return_id)
    if state.voided:
        raise ReceiptIsVoided
    parts = parts_coming_back(command.lines, state)
    return [
        LinesReturned(
            return_id=command.return_id,
            returned_at=command.returned_at,
            lines=parts,
            returned_minor=sum(part.amount_minor for part in parts),
            content_hash=command.content_hash,
        ),
    ]


def _void(command: VoidReceipt, state: ReceiptState) -> list[ReceiptEvent]:
    _require_recorded(state)
    return [] if state.voided else [ReceiptVoided(voided_at=command.voided_at, lines=state.left)]


def _retell(command: RetellReceipt, state: ReceiptState) -> list[ReceiptEvent]:
    _require_recorded(state)
    if command.ahead < state.ahead:
        # Told anew since then: they have heard of a newer version than that.
        return []
    return [ReceiptRetold(ahead=command.ahead, heard_customer_id=command.heard_customer_id)]


def _require_recorded(state: ReceiptState) -> None:
    if not state.content_hash:
        raise ReceiptNotFound


DECIDER: Decider[ReceiptCommand, ReceiptEvent, ReceiptState] = Decider(
    category=CATEGORY,
    state_type=ReceiptState,
    events=EVENTS,
    initial_state=initial_state,
    decide=decide,
    evolve=evolve,
)
