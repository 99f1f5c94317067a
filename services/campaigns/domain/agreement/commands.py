"""What can be asked of an agreement's stream."""

from __future__ import annotations

from dataclasses import dataclass

from services.campaigns.domain.agreement.values import Terms
from shared.kernel.messages import Command


@dataclass(frozen=True, slots=True)
class SignAgreement(Command):
    """Agree, for `party`, to the campaign as `terms` says that it stands.

    `version` is the one that the signer has read, if she says so: then no other is signed in its place.
    """

    party: str
    signer: str
    terms: Terms
    version: int | None = None


AgreementCommand = SignAgreement
