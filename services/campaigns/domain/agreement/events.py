"""What can happen to an agreement. The stream is `agreement-<campaign id>`."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.messages import DomainEvent


class AgreementSigned(DomainEvent):
    """A party agreed to one version of the campaign, shares and all; a revision needs new signatures."""

    type: ClassVar[str] = "agreement_signed"

    campaign_version: int
    party: str
    signer: str
    """The pseudonym under which the signer calls, as the event's metadata have it."""


AgreementEvent = AgreementSigned
