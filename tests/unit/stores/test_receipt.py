"""The decider of receipts."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid5

import pytest

from services.stores.domain.receipt import errors, events
from services.stores.domain.receipt.commands import (
    AttributeReceipt,
    LineReturn,
    MoveReceipt,
    RecordReceipt,
    ReturnLines,
    VoidReceipt,
)
from services.stores.domain.receipt.content import Receipt, SoldLine
from services.stores.domain.receipt.decider import DECIDER
from services.stores.domain.receipt.events import LinePart
from services.stores.domain.receipt.history import replay
from shared.kernel.ids import NAMESPACE
from shared.testing.specs import DeciderSpec

SOLD_AT = datetime.fromisoformat("2026-03-01T18:30:00+08:00")
LATER = datetime.fromisoformat("2026-03-04T10:00:00+08:00")
WAITS = date(2026, 6, 1)
ANN, BOB, RETURN, OTHER = (uuid5(NAMESPACE, name) for name in ("ann", "bob", "return", "other"))
RECEIPT = Receipt(
    store_id="S",
    till_id="1",
    number="42",
    business_date=SOLD_AT.date(),
    occurred_at=SOLD_AT,
    currency="CNY",
    total_minor=1_700,
    member_token="ab12",  # noqa: S106 - stands for a card
    lines=(
        SoldLine(1, "tea", "TEA", 3_000, 1_000, 0),
        SoldLine(2, "whole", None, 0, 700, 0),
        SoldLine(3, "free", None, 0, 0, 0),
    ),
)
RECORDED = events.ReceiptRecorded(receipt=RECEIPT, content_hash="h", customer_id=ANN)
ANONYMOUS = events.ReceiptRecorded(receipt=RECEIPT, content_hash="h", waits_until=WAITS)
spec = DeciderSpec(DECIDER)


def _return(*lines: LineReturn, return_id: UUID = RETURN, content_hash: str = "r") -> ReturnLines:
    return ReturnLines(return_id, LATER, lines, content_hash)


def _returned(*parts: LinePart, return_id: UUID = RETURN, content_hash: str = "r") -> events.LinesReturned:
    return events.LinesReturned(
        return_id=return_id,
        returned_at=LATER,
        lines=parts,
        returned_minor=sum(part.amount_minor for part in parts),
        content_hash=content_hash,
    )


def test_a_new_receipt_waits_only_for_somebody_who_is_not_known() -> None:
    spec.when(RecordReceipt(RECEIPT, "h", ANN, WAITS)).then(RECORDED)
    spec.when(RecordReceipt(RECEIPT, "h", None, WAITS)).then(ANONYMOUS)
    nobody = RECEIPT.model_copy(update={"member_token": None})
    spec.when(RecordReceipt(nobody, "h", None, WAITS)).then(events.ReceiptRecorded(receipt=nobody, content_hash="h"))


def test_the_same_content_again_is_nothing_new_whoever_has_it_by_now() -> None:
    spec.given(RECORDED).when(RecordReceipt(RECEIPT, "h", BOB)).then_nothing()


def test_other_content_is_quarantined_once() -> None:
    other = RECEIPT.model_copy(update={"total_minor": 1})
    quarantined = events.ReceiptQuarantined(receipt=other, content_hash="x")
    known = spec.given(RECORDED).when(RecordReceipt(other, "x")).then(quarantined)
    known.when(RecordReceipt(other, "x")).then_nothing()
    known.when(RecordReceipt(RECEIPT, "h")).then_nothing()


def test_a_link_finds_only_receipts_that_nobody_has() -> None:
    attributed = events.ReceiptAttributed(customer_id=ANN)
    spec.given(ANONYMOUS).when(AttributeReceipt(ANN)).then(attributed).when(AttributeReceipt(BOB)).then_nothing()
    spec.given(RECORDED).when(AttributeReceipt(BOB)).then_nothing()


def test_moving_names_whoever_had_it() -> None:
    moved = events.ReceiptAttributed(customer_id=BOB, previous_customer_id=ANN)
    spec.given(RECORDED).when(MoveReceipt(BOB)).then(moved).when(MoveReceipt(BOB)).then_nothing()
    spec.given(ANONYMOUS).when(MoveReceipt(BOB)).then(events.ReceiptAttributed(customer_id=BOB))


def test_a_return_takes_all_that_is_left_by_default() -> None:
    after = spec.given(RECORDED).when(_return(LineReturn(1, 1_000))).then(_returned(LinePart(1, 1_000, 333)))
    rest = _return(LineReturn(1), LineReturn(2), return_id=OTHER)
    after.when(rest).then(_returned(LinePart(1, 2_000, 667), LinePart(2, 0, 700), return_id=OTHER))


def test_a_return_may_name_its_money_and_what_is_left_of_it_can_follow() -> None:
    less = spec.given(RECORDED).when(_return(LineReturn(1, 3_000, 100))).then(_returned(LinePart(1, 3_000, 100)))
    less.when(_return(LineReturn(1), return_id=OTHER)).then(_returned(LinePart(1, 0, 900), return_id=OTHER))
    more = spec.given(RECORDED).when(_return(LineReturn(1, 1_000, 900))).then(_returned(LinePart(1, 1_000, 900)))
    more.when(_return(LineReturn(1, 1_000), return_id=OTHER)).then(_returned(LinePart(1, 1_000, 0), return_id=OTHER))


def test_the_same_return_again_is_nothing_new_and_another_under_its_id_is_refused() -> None:
    known = spec.given(RECORDED, _returned(LinePart(1, 3_000, 1_000)))
    known.when(_return(LineReturn(1))).then_nothing()
    known.when(_return(LineReturn(2), content_hash="other")).then_rejected(errors.ReturnIdReused)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (LineReturn(9), errors.LineNotSold),
        (LineReturn(3), errors.NothingLeft),
        (LineReturn(1, 3_001), errors.MoreThanSold),
        (LineReturn(1, 1_000, 1_001), errors.MoreThanSold),
        (LineReturn(1, 0), errors.ReturnUnclear),
        (LineReturn(2, 1), errors.MoreThanSold),
        (LineReturn(2, None, 699), errors.ReturnUnclear),
    ],
)
def test_what_cannot_come_back(line: LineReturn, error: type[errors.Rejected]) -> None:
    spec.given(RECORDED).when(_return(line)).then_rejected(error)
    spec.given(RECORDED).when(_return(LineReturn(1, 1), line)).then_rejected(
        errors.ReturnUnclear if line.line == 1 else error,
    )


def test_a_void_undoes_what_is_left_and_nothing_comes_back_after() -> None:
    voided = events.ReceiptVoided(voided_at=LATER, lines=(LinePart(1, 2_000, 667), LinePart(2, 0, 700)))
    after = spec.given(RECORDED, _returned(LinePart(1, 1_000, 333))).when(VoidReceipt(LATER)).then(voided)
    after.when(VoidReceipt(SOLD_AT)).then_nothing()
    after.when(_return(LineReturn(1, 1_000), return_id=OTHER)).then_rejected(errors.ReceiptIsVoided)
    after.when(MoveReceipt(BOB)).then(events.ReceiptAttributed(customer_id=BOB, previous_customer_id=ANN))


@pytest.mark.parametrize(
    "command", [AttributeReceipt(ANN), MoveReceipt(ANN), _return(LineReturn(1)), VoidReceipt(LATER)]
)
def test_nothing_happens_to_a_receipt_that_is_not_there(command: object) -> None:
    spec.when(command).then_rejected(errors.ReceiptNotFound)  # type: ignore[arg-type] # one of the commands above


def test_how_a_receipt_stood_after_each_event() -> None:
    stream = [
        RECORDED,
        _returned(LinePart(1, 3_000, 1_000)),
        _returned(LinePart(2, 0, 700), return_id=OTHER),
        events.ReceiptVoided(voided_at=LATER, lines=()),
    ]
    stood = [(moment.state.standing, moment.state.net_minor) for moment in replay(stream)]
    assert stood == [("kept", 1_700), ("kept", 700), ("returned", 0), ("voided", 0)]
    assert all(moment.receipt is RECEIPT for moment in replay(stream))
