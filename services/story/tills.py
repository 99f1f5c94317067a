"""A day at the tills: members pay, ten of them in the same moment for the last uses, and one brings a line back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.story.campaign import MORE_USES
from services.story.shopping import STORES, Basket, basket_of, chance
from services.story.telling import StoryError, money, wait_for

if TYPE_CHECKING:
    from services.story.campaign import Campaign
    from services.story.cast import Cast
    from services.story.shopping import Shops
    from services.story.stage import Stage
    from services.story.telling import Teller

COME_ANYWAY = 0.2
COME_FOR_THE_OFFER = 0.55
"""How likely a member comes without and with the offer. Made up: what the story shows is how it is measured."""
RACERS = 10


@dataclass
class Day:
    """One day in the story's stores."""

    teller: Teller
    stage: Stage
    campaign: Campaign
    shops: Shops
    cast: Cast
    treated: list[str]
    held_out: list[str]
    receipts: dict[str, tuple[Basket, str]] = field(default_factory=dict)
    """Customer -> what she bought with the offer, and its receipt."""

    def play(self) -> None:
        """Quotes, sales, the race, the return."""
        self.shops.open()
        self.stage.move_to(self.stage.now.replace(hour=11, minute=0))
        self.teller.scene(f"A day at the tills of {len(STORES)} other stores")
        wait_for(self._knows_the_shops, "campaigns to know the new stores")
        comers = [c for c in self.treated if chance(self.campaign.code, c) < COME_FOR_THE_OFFER]
        buyers, racers = self._share_out(comers)
        self._show_quotes(buyers[0])
        for customer in self.teller.each("Members pay with the offer", buyers):
            self._buy(customer)
        others = [c for c in self.held_out if chance(self.campaign.code, c) < COME_ANYWAY]
        for customer in self.teller.each("Members who are held out come as well", others):
            self._buy(customer)
        for basket, _ in list(self.receipts.values()):
            self.shops.wait_until_confirmed(basket)
        spent = sum(basket.total_minor for basket, _ in self.receipts.values())
        self.teller.say(
            f"{len(self.receipts)} paid with the offer ({money(spent)} before it), {len(others)} without;"
            " each sale confirmed its checkout by itself, over the log."
        )
        # The last use ends the campaign, and its result counts what was bought before it ended.
        self.stage.move_to(self.stage.now.replace(hour=12))
        self._race(racers)
        self._bring_back()

    def _share_out(self, comers: list[str]) -> tuple[list[str], list[str]]:
        """Buyers who leave a few uses of the budget, and as many racers as there are tills."""
        everybody = comers + [customer for customer in self.treated if customer not in set(comers)]
        before = self.campaign.uses - MORE_USES
        buyers, racers = everybody[:before], everybody[before : before + RACERS]
        if len(buyers) < before or len(racers) <= MORE_USES:
            msg = f"{len(everybody)} members may use the offer, too few to use up its {self.campaign.uses} uses"
            raise StoryError(msg)
        return buyers, racers

    def _knows_the_shops(self) -> bool:
        probe = basket_of(self.campaign.code, self.treated[0], "probe")
        return bool(self.shops.quote(probe, self.stage.now)["effects"])

    def _show_quotes(self, buyer: str) -> None:
        basket = basket_of(self.campaign.code, buyer)
        quote = self.shops.quote(basket, self.stage.now)
        (effect,) = quote["effects"]
        self.teller.say(f"{basket.store} asks about the basket of household {self.cast.card_of(buyer)}:")
        off = {line["line"]: line["amount_minor"] for line in effect["lines"]}
        rows = [
            (line["product"], line["quantity"], money(line["amount_minor"]), f"-{money(off.get(line['line'], 0))}")
            for line in basket.lines
        ]
        rows.append(("to pay", "", money(quote["to_pay_minor"]), f"-{money(quote['discount_minor'])}"))
        self.teller.table(("", "pieces#", "price#", effect["name"]["en"] + "#"), rows)
        if self.held_out:
            nobody = self.held_out[0]
            reason = self._why_not(self.shops.quote(basket_of(self.campaign.code, nobody), self.stage.now))
            self.teller.say(
                f"Household {self.cast.card_of(nobody)} gets no offer: [yellow]{reason['code']}[/], {reason['reason']}."
            )

    def _buy(self, customer: str) -> None:
        basket, at = basket_of(self.campaign.code, customer), self.stage.now
        answer = self.shops.reserve(basket, at)
        receipt_id = self.shops.pay(basket, answer, at)
        if answer["effects"]:
            self.receipts[customer] = (basket, receipt_id)

    def _race(self, racers: list[str]) -> None:
        """Every till asks in the same moment; the budget has fewer uses left than there are tills."""
        start, at = threading.Barrier(len(racers)), self.stage.now
        # Each at a till of its own: ten stores, one till each.
        baskets = [
            Basket(found.checkout_id, customer, store, found.lines)
            for customer, store in zip(racers, STORES, strict=False)
            for found in [basket_of(self.campaign.code, customer)]
        ]

        def ask(basket: Basket) -> dict[str, Any]:
            start.wait(30)
            return self.shops.reserve(basket, at)

        with ThreadPoolExecutor(len(baskets)) as tills:
            answers = list(tills.map(ask, baskets))
        winners = [(basket, answer) for basket, answer in zip(baskets, answers, strict=True) if answer["effects"]]
        losers = [self._why_not(answer) for answer in answers if not answer["effects"]]
        if len(winners) != MORE_USES:
            msg = f"{len(winners)} of {len(baskets)} tills got the offer, and {MORE_USES} uses were left"
            raise StoryError(msg)
        self.teller.say(
            f"{len(baskets)} tills ask in the same moment for the last {MORE_USES} of {self.campaign.uses} uses:"
            f" exactly [bold]{len(winners)}[/] get it, the others are told [yellow]{losers[0]['code']}[/]."
        )
        for basket, answer in zip(baskets, answers, strict=True):
            receipt_id = self.shops.pay(basket, answer, at)
            if answer["effects"] and basket.customer:
                self.receipts[basket.customer] = (basket, receipt_id)
        for basket, _ in winners:
            self.shops.wait_until_confirmed(basket)

    def _bring_back(self) -> None:
        """One line of the first receipt, after lunch."""
        customer, (basket, receipt_id) = next(iter(self.receipts.items()))
        before = self._redemption(basket)
        self.stage.move_to(self.stage.now.replace(hour=15, minute=30))
        self.shops.take_back(basket, receipt_id, 1, self.stage.now)

        def shrunk() -> dict[str, Any] | None:
            found = self._redemption(basket)
            return found if found["discount_minor"] < before["discount_minor"] else None

        after = wait_for(shrunk, "the return to take its share of the discount back")
        self.teller.say(
            f"Household {self.cast.card_of(customer)} brings the {basket.lines[0]['product']} back: the discount of its"
            f" receipt was {money(before['discount_minor'])} and is {money(after['discount_minor'])} now."
        )

    def _why_not(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Why the campaign of this story does not apply."""
        found = [item for item in answer["why_not"] if item["campaign_id"] == self.campaign.campaign_id]
        if not found:
            msg = f"{self.campaign.code} does not apply and nothing says why; the answer was {answer}"
            raise StoryError(msg)
        return dict(found[0])

    def _redemption(self, basket: Basket) -> dict[str, Any]:
        return next(item for item in self.campaign.redemptions() if item["checkout_id"] == basket.checkout_id)
