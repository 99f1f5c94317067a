"""Whom the story is about: real members of the running system, and how each of them may be reached."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from services.demo.chain import customer_id

if TYPE_CHECKING:
    from services.calling import Caller
    from services.story.telling import Teller

STORE = "367"
"""The store whose marketer asks."""
MEMBERS_MIN = 200
"""With fewer a hold-out says nothing: a result's interval needs thirty members in each arm."""
MEMBERS_MAX = 300
"""Of a larger segment only so many are asked for their consent: each takes three calls."""
ASKING = 4
"""Members asked at a time."""
CARDS_MAX = 2_500
NO_CONSENT_EVERY = 6
"""Every sixth member has an address and has not agreed to be written to."""
CHINESE_EVERY = 3
"""Every third member is written to in Chinese, the others in English."""
YEAR_DAYS = 400


@dataclass(frozen=True, slots=True)
class Audience:
    """A question to the members: what it asks in words, and as a rule."""

    words: str
    rule: dict[str, Any]


def _lifecycle(*stages: str) -> dict[str, Any]:
    return {"kind": "lifecycle", "in": list(stages)}


def _of_the_store(rule: dict[str, Any]) -> dict[str, Any]:
    bought = {"kind": "purchases", "measure": "receipts", "window_days": YEAR_DAYS, "stores": [STORE], "min": 1}
    return {"kind": "all", "of": [rule, bought]}


QUESTIONS: tuple[Audience, ...] = (
    Audience(f"cooling members who buy at store {STORE}", _of_the_store(_lifecycle("cooling"))),
    Audience("cooling members of the whole chain", _lifecycle("cooling")),
    Audience("cooling members and those at risk, of the whole chain", _lifecycle("cooling", "at_risk")),
    Audience(f"members of store {STORE} who are lost", _of_the_store(_lifecycle("lost"))),
    Audience("members who are cooling, at risk or lost", _lifecycle("cooling", "at_risk", "lost")),
)
"""From what the marketer would like to ask to what there is enough of: the first with enough members is taken."""


@dataclass
class Cast:
    """The members of the story, in the order of their ids."""

    members: list[str]
    agreed: list[str] = field(default_factory=list)
    """Those who may be written to."""
    silent: list[str] = field(default_factory=list)
    """Those who have an address and did not agree."""

    @cached_property
    def cards(self) -> dict[str, str]:
        """The card of each member of the demo's data."""
        return {str(customer_id(str(card))): str(card) for card in range(1, CARDS_MAX + 1)}

    def card_of(self, customer: str) -> str:
        """The card that she shows at a till."""
        return self.cards[customer]


def choose(marketer: Caller, teller: Teller) -> tuple[Audience, int]:
    """The audience of the campaign, and how many they are."""
    asked: list[tuple[Audience, dict[str, Any]]] = []
    for audience in QUESTIONS:
        asked.append((audience, marketer.post("/segmentation/v1/segments/preview", {"rule": audience.rule})))
        if asked[-1][1]["size"] >= MEMBERS_MIN:
            break
    teller.table(
        ("who", "members#", "of#", "as of"),
        [(a.words, found["size"], found["population"], found["as_of"]) for a, found in asked],
    )
    audience, found = max(asked, key=lambda pair: int(pair[1]["size"]))
    return audience, int(found["size"])


def reach(desk: Caller, members: list[str], teller: Teller) -> Cast:
    """Notes an e-mail address for each member and the consent of most. Sending it again changes nothing."""
    cast = Cast(members)

    def ask(customer: str) -> None:
        path = f"/customers/v1/customers/{customer}"
        # Of her card, not of her place in this list: in the next story she is asked again and says the same.
        number = int(cast.card_of(customer))
        email = {"kind": "email", "value": f"household-{number}@members.example"}
        desk.post(f"{path}/identifiers", email)
        desk.post(f"{path}/preferences", {"language": "zh-CN" if number % CHINESE_EVERY == 0 else "en"})
        if number % NO_CONSENT_EVERY:
            consent = {"purpose": "marketing", "channel": "email", "text_version": "story-1"}
            desk.post(f"{path}/consents", consent)

    asked = members[:MEMBERS_MAX]
    with ThreadPoolExecutor(ASKING) as asking:
        answers = [asking.submit(ask, customer) for customer in asked]
        for answer in teller.each("The service desk notes addresses and consents", answers):
            answer.result()
    for customer in asked:
        agrees = int(cast.card_of(customer)) % NO_CONSENT_EVERY
        (cast.agreed if agrees else cast.silent).append(customer)
    return cast
