"""Decides who has agreed to a joint promotion: two parties, by two persons, to the same version."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.campaigns.domain.agreement.commands import AgreementCommand
from services.campaigns.domain.agreement.errors import (
    NotAParty,
    NotJoint,
    NotOpenForSignatures,
    SamePerson,
    VersionChanged,
)
from services.campaigns.domain.agreement.events import AgreementEvent, AgreementSigned
from shared.kernel.decider import Decider, StreamId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

CATEGORY = "agreement"
OPEN = frozenset({"draft", "submitted"})
"""A campaign's standings in which it can be signed: what was approved stays as it was agreed."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who signed the newest version that anybody signed: by party, the person."""

    version: int = 0
    signers: dict[str, str] = field(default_factory=dict)

    def signed(self, version: int) -> frozenset[str]:
        """The parties that agreed to this version. Signatures under another one say nothing about it."""
        return frozenset(self.signers) if version == self.version else frozenset()


def agreement_stream(campaign_id: UUID) -> StreamId:
    """The stream of a campaign's agreement."""
    return StreamId(CATEGORY, str(campaign_id))


def decide(command: AgreementCommand, agreement: Agreement) -> Sequence[AgreementEvent]:
    """The signature; nothing if the party has signed this version before."""
    terms, party = command.terms, command.party
    if not terms.parties:
        raise NotJoint("the campaign has no joint part; nobody has to sign it")
    if party not in terms.parties:
        names = " and ".join(sorted(terms.parties))
        raise NotAParty(f"party {party!r} has no part in this campaign; its parties are {names}", field="party")
    if command.version is not None and command.version != terms.version:
        msg = f"version {command.version} was revised, the campaign is at version {terms.version}; read and sign that"
        raise VersionChanged(msg, version=terms.version)
    signers = agreement.signers if agreement.version == terms.version else {}
    if party in signers:
        return []
    if terms.status not in OPEN:
        msg = f"the campaign is {terms.status}; it can be signed while it is {' or '.join(sorted(OPEN))}"
        raise NotOpenForSignatures(msg, status=terms.status)
    if command.signer in signers.values():
        msg = f"{command.signer} signed for the other party; party {party!r} has to be signed for by another person"
        raise SamePerson(msg, field="party")
    return [AgreementSigned(campaign_version=terms.version, party=party, signer=command.signer)]


def evolve(agreement: Agreement, event: AgreementEvent) -> Agreement:
    """The agreement after `event`; the first signature under a new version voids those under the old one."""
    before = agreement.signers if agreement.version == event.campaign_version else {}
    return Agreement(event.campaign_version, {**before, event.party: event.signer})


AGREEMENT: Decider[AgreementCommand, AgreementEvent, Agreement] = Decider(
    category=CATEGORY,
    state_type=Agreement,
    events=(AgreementSigned,),
    initial_state=Agreement,
    decide=decide,
    evolve=evolve,
    # Both parties may sign in one moment, and the approval asks under the same lock: nobody hears "conflict".
    contended=True,
)
