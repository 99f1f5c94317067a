"""Finds out what there is to know when a till asks: the buyer, the campaigns of the moment, the coupons at hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from services.campaigns.domain.coupon.codes import coupon_id
from services.campaigns.domain.offers.basket import Situation
from services.campaigns.domain.offers.conditions import WhyNot

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from services.campaigns.application.till_ports import Facts, KnownCoupon, TillReads
    from services.campaigns.domain.offers.basket import Basket
    from services.campaigns.domain.offers.definition import RunningCampaign
    from shared.access.guessing import GuessLimit


@dataclass(frozen=True, slots=True)
class Question:
    """What a till asks. `coupons` are codes as they were typed; `drafts` are looked at only in a dry run."""

    basket: Basket
    customer_id: UUID | None
    coupons: tuple[str, ...]
    asked_by: str
    """Whose wrong codes are counted."""
    checkout_id: UUID | None = None
    drafts: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found. `coupons` is the one to use for each campaign that has one at hand."""

    situation: Situation
    campaigns: tuple[RunningCampaign, ...]
    coupons: dict[UUID, str]
    why_not: tuple[WhyNot, ...]

    def without(self, taken: Collection[str]) -> Looked:
        """The same, had it been known that these coupons are in use."""
        gone = {campaign_id: coupon for campaign_id, coupon in self.coupons.items() if coupon in taken}
        if not gone:
            return self
        coupons = {campaign_id: coupon for campaign_id, coupon in self.coupons.items() if campaign_id not in gone}
        names = {campaign.campaign_id: campaign.definition.code for campaign in self.campaigns}
        return replace(
            self,
            situation=replace(self.situation, coupons=frozenset(coupons)),
            coupons=coupons,
            why_not=(*self.why_not, *(_used(campaign_id, names.get(campaign_id)) for campaign_id in gone)),
        )


class Situations:
    """Looks, and keeps whoever tries codes from trying many."""

    def __init__(self, reads: TillReads, guesses: GuessLimit) -> None:
        self._reads = reads
        self._guesses = guesses

    def look(self, connection: Connection, question: Question) -> Looked:
        """What is known now. Raises `TooManyAttempts` for a till whose codes are wrong again and again."""
        facts = self._reads.facts(connection, question.basket.store, question.customer_id)
        campaigns = tuple(self._reads.campaigns(connection, facts.running))
        if question.drafts:
            known = {campaign.campaign_id for campaign in campaigns}
            drafts = self._reads.drafts(connection, question.drafts)
            campaigns += tuple(draft for draft in drafts if draft.campaign_id not in known)
        found, why_not = self._coupons(connection, question, campaigns)
        return Looked(self._situation(connection, question, facts, campaigns, found), campaigns, found, why_not)

    def _situation(
        self,
        connection: Connection,
        question: Question,
        facts: Facts,
        campaigns: Sequence[RunningCampaign],
        coupons: dict[UUID, str],
    ) -> Situation:
        situation = Situation(question.basket, facts.buyer, facts.region, frozenset(coupons))
        if not any(campaign.definition.joint for campaign in campaigns):
            return situation
        typed = [coupon for code in question.coupons if (coupon := coupon_id(code)) is not None]
        return replace(
            situation,
            party=self._reads.party_at(connection, question.basket.store),
            claimed=self._reads.claimed(connection, question.customer_id, typed),
        )

    def _coupons(
        self,
        connection: Connection,
        question: Question,
        campaigns: Sequence[RunningCampaign],
    ) -> tuple[dict[UUID, str], tuple[WhyNot, ...]]:
        wanting = {c.campaign_id: c.definition.code for c in campaigns if c.definition.coupon_required}
        if not question.coupons and not (wanting and question.customer_id):
            return {}, ()
        if question.coupons:
            self._guesses.count(question.asked_by)
        typed = [coupon_id(code) for code in question.coupons]
        asked = [coupon for coupon in typed if coupon is not None]
        issued = {
            known.coupon: known for known in self._reads.coupons(connection, asked, question.customer_id, wanting)
        }
        refused = [
            no for place, coupon in enumerate(typed, 1) if (no := _refused(place, coupon, issued, question, wanting))
        ]
        if question.coupons and not any(no.code == "coupon_unknown" for no in refused):
            self._guesses.forgive(question.asked_by)
        usable: dict[UUID, str] = {}
        # Several for one campaign: one is used, always the same.
        for known in sorted(issued.values(), reverse=True):
            if _is_usable(known, question) and known.campaign_id in wanting:
                usable[known.campaign_id] = known.coupon
        return usable, tuple(refused)


def _is_usable(known: KnownCoupon, question: Question) -> bool:
    mine = known.customer_id is None or known.customer_id == question.customer_id
    return mine and (known.taken_by is None or known.taken_by == question.checkout_id)


def _refused(
    place: int,
    coupon: str | None,
    issued: dict[str, KnownCoupon],
    question: Question,
    wanting: dict[UUID, str],
) -> WhyNot | None:
    known = None if coupon is None else issued.get(coupon)
    if known is None:
        return WhyNot(None, None, "coupon_unknown", f"no coupon has the code at place {place}; read it again")
    if known.customer_id is not None and known.customer_id != question.customer_id:
        return WhyNot(known.campaign_id, None, "coupon_of_another", f"the coupon at place {place} is another member's")
    if known.campaign_id not in wanting:
        return WhyNot(
            known.campaign_id, None, "coupon_not_now", f"what the coupon at place {place} is for is not running"
        )
    if not _is_usable(known, question):
        return _used(known.campaign_id, wanting[known.campaign_id])
    return None


def _used(campaign_id: UUID, offer: str | None) -> WhyNot:
    return WhyNot(campaign_id, offer, "coupon_used", "the coupon was used by another checkout")
