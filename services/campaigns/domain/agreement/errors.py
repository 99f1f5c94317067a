"""Why the business says no to a signature. The codes are part of the public contract."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.errors import InvalidInput, Rejected


class NotJoint(Rejected):
    """The campaign belongs to the chain alone: there is nobody to agree with."""

    code: ClassVar[str] = "campaign_not_joint"


class NotAParty(InvalidInput):
    """The party has no part in this campaign."""

    code: ClassVar[str] = "not_a_party"


class NotOpenForSignatures(Rejected):
    """The campaign was approved already, or sent back, or is over."""

    code: ClassVar[str] = "not_open_for_signatures"


class VersionChanged(Rejected):
    """The campaign was revised since the signer read it."""

    code: ClassVar[str] = "version_changed"


class SamePerson(Rejected):
    """One person signed for both parties."""

    code: ClassVar[str] = "same_person"
