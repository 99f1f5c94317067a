from __future__ import annotations

import base64

import pytest

from services.console.read_models.members.filters import MemberFilter, Place, Sort, place_of
from shared.kernel.errors import InvalidInput
from shared.kernel.ids import new_id
from shared.kernel.spreadsheets import as_cell

ORDERS: dict[Sort, str] = {
    "-last_purchase": "2026-03-01",
    "points": "-5",
    "-spend": "120000",
    "registered": "2026-03-01 10:30:00.1+00",
}
"""A key of each kind, as PostgreSQL writes it."""


@pytest.mark.parametrize("sort", ORDERS)
def test_a_cursor_leads_back_to_its_place(sort: Sort) -> None:
    for value in (ORDERS[sort], None):
        place = Place(value, new_id())
        assert place_of(place.cursor(), sort) == place


@pytest.mark.parametrize(
    ("sort", "values"),
    [("-last_purchase", ["12", "2026-02-30", "x"]), ("points", ["1.5", "9" * 30, "x"]), ("registered", ["-5", "\0"])],
)
def test_a_cursor_of_another_order_is_refused(sort: Sort, values: list[str]) -> None:
    for value in values:
        with pytest.raises(InvalidInput, match="in this order"):
            place_of(Place(value, new_id()).cursor(), sort)


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "é", "bnVsbA==", *(base64.urlsafe_b64encode(raw).decode() for raw in (b"[1,2]", b'["a","b"]', b"{}"))],
)
def test_a_cursor_that_is_none_of_ours_says_what_to_do(cursor: str) -> None:
    with pytest.raises(InvalidInput, match="next_cursor"):
        place_of(cursor, "spend")


def test_every_part_of_a_filter_is_a_condition_of_its_own() -> None:
    assert list(MemberFilter().conditions()) == []
    whole = MemberFilter(
        "E1", "new", "champions", 5, 4, "buyers", "sms", complaint_open=False, uncontacted_days=3, home_store="W1"
    )
    assert len(list(whole.conditions())) == 10
    assert whole.named()["complaint_open"] == "False"


@pytest.mark.parametrize("text", ["=1+1", "+8613", "-2", "@cmd", "\tx", "\rx", "\nx", "\uff1d1+1", "\uff20x"])
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert as_cell(text) == f"'{text}"
    assert as_cell(f"a{text}") == f"a{text}"
