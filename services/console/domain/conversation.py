"""One thing to say to the member in front of somebody, and why. Pure; the first rule that fits speaks.

What troubles her goes before what we should like: nobody is offered anything over an open complaint, and whoever was
away hears that she was missed before she hears of points.
"""
# ruff: noqa: RUF001 - Chinese has its own punctuation

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

POINTS_WORTH_SAYING = 100
"""Below that, the balance on the receipt says enough."""
_AWAY = frozenset({"cooling", "at_risk", "lost"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What a suggestion depends on."""

    stage: str | None = None
    rfm_class: str | None = None
    last_purchase: date | None = None
    visits: int = 0
    points: int = 0
    complaint_since: date | None = None
    """The date of the oldest complaint that is open."""


class Words(NamedTuple):
    """The same in the two languages of the page."""

    zh: str
    en: str


class Suggestion(NamedTuple):
    """What to say and why; `code` is stable."""

    code: str
    say: Words
    why: Words


_SAY = {
    "settle_complaint": Words(
        "先为之前的问题道歉，问问解决得怎么样；先不推荐商品。",
        "Say sorry first and ask how the matter stands; sell nothing before.",
    ),
    "missed": Words(
        "好久不见！问问最近怎么样，我们有什么可以做得更好。",
        "Say that the customer was missed, and ask what we could do better.",
    ),
    "welcome_back": Words(
        "欢迎回来！问问这次想看点什么。",
        "Say that it is good to see the customer again, and ask what brings them.",
    ),
    "welcome": Words(
        "欢迎新会员，简单介绍积分怎么攒、怎么用。",
        "Welcome the new member, and say how points are earned and used.",
    ),
    "use_points": Words(
        "告诉会员这次就可以用积分，问要不要用。",
        "Say that there are points to use, and ask whether to use them now.",
    ),
    "thank": Words(
        "感谢一直以来的支持，问问上次买的用得怎么样。",
        "Say thanks for coming so often, and ask how the last things did.",
    ),
}


def suggest(facts: Facts, today: date) -> Suggestion | None:
    """The one thing to say, or None when there is nothing particular."""
    return next((Suggestion(code, _SAY[code], why) for code, why in _reasons(facts, today)), None)


def _reasons(facts: Facts, today: date) -> Iterator[tuple[str, Words]]:
    """Everything that could be said, the most urgent first, and why."""
    since = facts.complaint_since
    if since is not None:
        yield "settle_complaint", Words(f"有一件投诉自 {since} 起未结。", f"A complaint is open since {since}.")
    if facts.stage in _AWAY and facts.last_purchase is not None:
        days = max(0, (today - facts.last_purchase).days)
        yield (
            "missed",
            Words(
                f"上次购买是 {days} 天前，一共来过 {facts.visits} 次。",
                f"The last of {facts.visits} purchases was {days} days ago.",
            ),
        )
    if facts.stage == "back":
        yield "welcome_back", Words("离开很久后最近又来买过。", "Bought again lately after a long time away.")
    if facts.stage == "new":
        yield "welcome", Words("最近才第一次购买。", "The first purchase was only lately.")
    if facts.points >= POINTS_WORTH_SAYING:
        yield "use_points", Words(f"账户里有 {facts.points:,} 积分可用。", f"{facts.points:,} points can be used now.")
    if facts.rfm_class == "champions":
        yield (
            "thank",
            Words("最好的顾客之一：常来、买得多、最近来过。", "One of the best customers: often, much, and lately."),
        )
