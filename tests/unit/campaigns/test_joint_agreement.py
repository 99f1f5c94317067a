"""Two parties agree by two persons on one version; then whoever claims at one may redeem at the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.campaigns.domain.agreement.commands import SignAgreement
from services.campaigns.domain.agreement.decider import AGREEMENT
from services.campaigns.domain.agreement.errors import (
    NotAParty,
    NotJoint,
    NotOpenForSignatures,
    SamePerson,
    VersionChanged,
)
from services.campaigns.domain.agreement.events import AgreementSigned
from services.campaigns.domain.agreement.values import Terms
from services.campaigns.domain.claim.commands import ClaimOffer
from services.campaigns.domain.claim.decider import CLAIM, claim_stream
from services.campaigns.domain.claim.errors import CampaignNotRunning, ClaimedElsewhere
from services.campaigns.domain.claim.events import OfferClaimed
from shared.kernel.ids import derived_id
from shared.testing.specs import DeciderSpec

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
US, TEA = "us", "tea-house"
CAMPAIGN, ANNE = derived_id("campaign"), derived_id("anne")
UNSIGNED = DeciderSpec(AGREEMENT)
UNCLAIMED = DeciderSpec(CLAIM)


def terms(version: int = 1, status: str = "draft", ends_at: datetime | None = None) -> Terms:
    return Terms(version, status, ends_at, US, TEA)


def sign(party: str, signer: str, version: int = 1, *, read: int | None = None, status: str = "draft") -> SignAgreement:
    return SignAgreement(party, signer, terms(version, status), read)


def signed(party: str, signer: str, version: int = 1) -> AgreementSigned:
    return AgreementSigned(campaign_version=version, party=party, signer=signer)


def test_each_party_signs_by_another_person() -> None:
    UNSIGNED.when(sign(US, "ann")).then(signed(US, "ann")).when(sign(TEA, "bo")).then(signed(TEA, "bo"))


def test_nobody_signs_for_both() -> None:
    UNSIGNED.given(signed(US, "ann")).when(sign(TEA, "ann")).then_rejected(SamePerson)


def test_signing_again_changes_nothing_also_after_the_approval() -> None:
    both = UNSIGNED.given(signed(US, "ann"), signed(TEA, "bo"))
    both.when(sign(US, "ann")).then_nothing()
    both.when(sign(US, "carl", status="running")).then_nothing()


def test_a_revision_voids_what_was_signed() -> None:
    revised = UNSIGNED.given(signed(US, "ann"), signed(TEA, "bo")).when(sign(US, "bo", version=2))
    revised.then(signed(US, "bo", version=2)).when(sign(TEA, "bo", version=2)).then_rejected(SamePerson)


def test_only_signatures_of_the_version_count() -> None:
    after = AGREEMENT.fold([signed(US, "ann"), signed(TEA, "bo")])
    assert after.signed(1) == {US, TEA}
    assert after.signed(2) == frozenset()
    assert AGREEMENT.fold([signed(US, "ann", version=2)], after).signed(2) == {US}


def test_what_was_read_is_what_is_signed() -> None:
    UNSIGNED.when(sign(US, "ann", version=2, read=1)).then_rejected(VersionChanged)
    UNSIGNED.when(sign(US, "ann", version=2, read=2)).then(signed(US, "ann", version=2))


def test_who_has_no_part_in_it_does_not_sign() -> None:
    UNSIGNED.when(sign("mall", "ann")).then_rejected(NotAParty)
    UNSIGNED.when(SignAgreement(US, "ann", Terms(1, "draft", None, None, None))).then_rejected(NotJoint)


@pytest.mark.parametrize("status", ["returned", "approved", "scheduled", "running", "paused", "ended"])
def test_only_what_is_open_is_signed(status: str) -> None:
    UNSIGNED.when(sign(US, "ann", status=status)).then_rejected(NotOpenForSignatures)


def claim(party: str = US, *, of: Terms | None = None, now: datetime = NOON) -> ClaimOffer:
    return ClaimOffer(CAMPAIGN, party, "367", ANNE, None, of or terms(status="running"), now)


CLAIMED = OfferClaimed(
    campaign_id=CAMPAIGN, campaign_version=1, party=US, store_id="367", customer_id=ANNE, coupon=None
)


def test_an_offer_is_claimed_once() -> None:
    UNCLAIMED.when(claim()).then(CLAIMED).when(claim()).then_nothing()


def test_a_claim_stays_when_the_campaign_does_not() -> None:
    UNCLAIMED.given(CLAIMED).when(claim(of=terms(status="ended"))).then_nothing()


def test_it_is_claimed_at_the_claim_party() -> None:
    UNCLAIMED.when(claim(TEA)).then_rejected(ClaimedElsewhere)


@pytest.mark.parametrize("status", ["draft", "approved", "starting", "paused", "ended"])
def test_it_is_claimed_while_it_runs(status: str) -> None:
    UNCLAIMED.when(claim(of=terms(status=status))).then_rejected(CampaignNotRunning)


def test_it_is_not_claimed_after_its_end_although_nobody_has_ended_it_yet() -> None:
    running = terms(status="running", ends_at=NOON)
    UNCLAIMED.when(claim(of=running, now=NOON)).then_rejected(CampaignNotRunning)
    UNCLAIMED.when(claim(of=running, now=NOON - timedelta(seconds=1))).then(CLAIMED)


def test_a_campaign_of_the_chain_alone_is_not_claimed() -> None:
    UNCLAIMED.when(claim(of=Terms(1, "running", None, None, None))).then_rejected(NotJoint)


def test_each_holder_has_a_claim_of_her_own() -> None:
    assert len({claim_stream(c, h) for c in (CAMPAIGN, ANNE) for h in (ANNE, "a" * 64, "b" * 64)}) == 6
