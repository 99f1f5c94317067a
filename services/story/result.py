"""What the campaign brought, and what one member's life with it looks like."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.story.telling import money

if TYPE_CHECKING:
    from services.story.campaign import Campaign
    from services.story.cast import Cast
    from services.story.stage import Stage
    from services.story.telling import Teller

TIMELINE_SHOWN = 12


def tell_result(teller: Teller, campaign: Campaign, at: str) -> None:
    """Assigned against held out, with the interval; beside it, and never called lift, what happened."""
    found = campaign.result()
    messages, redeemed = found["messages"], found["redemptions"]
    teller.scene(f"What it brought, {at}")
    suppressed = [(f"suppressed: {rule}", count) for rule, count in sorted(messages["suppressed"].items())]
    teller.table(
        ("what happened", "#"),
        [
            ("assigned: treated", found["treated"]),
            ("assigned: held out", found["held_out"]),
            ("messages sent", messages["sent"]),
            *suppressed,
            ("redeemed", redeemed["uses"]),
            ("discount, after returns", money(sum(part["discount_minor"] for part in redeemed["discounts"]))),
            ("taken back by returns", money(sum(part["returned_minor"] for part in redeemed["discounts"]))),
            ("over the limit", redeemed["over_limit"]),
        ],
    )
    rows = [("sales", *_estimate(sales, lambda minor: money(round(float(minor))))) for sales in found["sales"]]
    if found["visits"] is not None:
        rows.append(("visits", *_estimate(found["visits"], lambda number: f"{float(number):.2f}")))
    teller.say("Everybody assigned against everybody held out, per member:")
    teller.table(("", "treated#", "held out#", "difference#", "95 % interval"), rows)
    teller.say(f"[dim]{found['method']}[/]")


def tell_member(teller: Teller, stage: Stage, cast: Cast, customer: str) -> None:
    """One member's timeline, and her points: the receipts of the story are in it like all others."""
    desk = stage.people.desk
    teller.scene(f"All of it in the life of household {cast.card_of(customer)}")
    page = desk.get(f"/customers/v1/customers/{customer}/timeline", limit=TIMELINE_SHOWN)
    teller.table(("when", "what", "", ""), [_entry(item, stage) for item in page["items"]])
    account = desk.get(f"/loyalty/v1/accounts/{customer}")
    teller.say(f"It has {account['available']:,} points.")


def _estimate(found: dict[str, Any], shown: Any) -> tuple[str, str, str, str]:  # noqa: ANN401 - a formatter
    if found["difference"] is None:
        return shown(found["treated"]), shown(found["held_out"]), "", str(found["why_not"])
    interval = str(found["why_not"]) if found["low"] is None else f"{shown(found['low'])} to {shown(found['high'])}"
    return shown(found["treated"]), shown(found["held_out"]), shown(found["difference"]), interval


def _entry(item: dict[str, Any], stage: Stage) -> tuple[str, str, str, str]:
    at = datetime.fromisoformat(item["occurred_at"]).astimezone(stage.time_zone)
    amount = "" if item["amount_minor"] is None else money(item["amount_minor"])
    points = "" if item["points"] is None else f"{item['points']:,} points"
    details = ", ".join(str(value) for value in (item["details"] or {}).values() if value is not None)
    return f"{at:%Y-%m-%d %H:%M}", item["title"]["en"], f"{amount}{points}", details
