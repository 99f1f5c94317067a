"""What happens at a till is on a page that is open, without anybody reloading it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from services.demo.journey import CURRENCY
from shared.testing.waiting import PATIENCE
from tests.support.neighbours import neighbour, number

if TYPE_CHECKING:
    from tests.support.browsing import People

PROMISED_S = 2.0
SEEN_S_MAX = 5 * PATIENCE
"""Of a busy machine more is not asked; on a quiet one what is promised holds, and what was measured is printed."""

pytestmark = pytest.mark.timeout(900)


def test_a_sale_is_on_every_open_page_in_two_seconds(people: People) -> None:
    showroom = people.showroom
    member = neighbour(showroom, "诸葛亮")
    with (
        people.tab("clerk", "zh-CN", "phone") as card,
        people.tab("store-manager", "en") as board,
    ):
        card.go(f"/serve/{member.customer_id}")
        board.go("/stores")
        for tab in (card, board):
            expect(tab.page.locator(".live-live")).to_be_attached()
        before = board.page.locator("main tbody tr").first.inner_text()
        receipt = {
            "store": showroom.store,
            "till": "1",
            "number": f"L{number(12)}",
            "occurred_at": showroom.now.isoformat(),
            "currency": CURRENCY,
            "total_minor": 123_400,
            "member": {"card": member.card},
            "lines": [{"line": 1, "product": "tea", "quantity": 1, "amount_minor": 123_400}],
        }
        answer = showroom.till(showroom.store).post("/stores/v1/receipts", {"receipts": [receipt]})
        assert answer["counts"]["recorded"] == 1, answer
        sold = time.monotonic()
        expect(card.page.locator(".balance strong")).to_have_text("1,234")
        on_card = time.monotonic() - sold
        expect(board.page.locator("main tbody tr").first).not_to_have_text(before)
        on_board = time.monotonic() - sold
    print(f"a sale was on the card after {on_card:.2f} s, on the board by {on_board:.2f} s")  # noqa: T201 - a measure
    assert max(on_card, on_board) < SEEN_S_MAX, f"promised within {PROMISED_S} s"
