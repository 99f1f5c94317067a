"""What a campaign refuses. The codes are part of the public contract."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.errors import InvalidInput, NotFound, Rejected


class CampaignNotFound(NotFound):
    """No campaign has this id."""

    code: ClassVar[str] = "campaign_not_found"


class CodeTaken(Rejected):
    """The code stands for another campaign."""

    code: ClassVar[str] = "campaign_code_taken"


class CodeCannotChange(InvalidInput):
    """A campaign keeps the code that it was made with."""

    code: ClassVar[str] = "campaign_code_cannot_change"


class NotPossibleNow(Rejected):
    """What was asked for does not fit where the campaign stands."""

    code: ClassVar[str] = "campaign_status"


class AlreadyApproved(Rejected):
    """Somebody else approved it first."""

    code: ClassVar[str] = "campaign_already_approved"


class SamePerson(Rejected):
    """Whoever wrote or submitted it cannot approve it."""

    code: ClassVar[str] = "approver_is_author"


class OtherVersion(Rejected):
    """The version that was read is not the one that waits."""

    code: ClassVar[str] = "campaign_version_changed"


def other_version(read: int, now: int) -> OtherVersion:
    """The refusal of a decision about version `read`, where `now` is the newest."""
    msg = f"version {read} was read, and {now} is the one that stands; read that and decide again"
    return OtherVersion(msg, version=read, campaign_version=now)


class SignaturesMissing(Rejected):
    """A joint promotion that not every party has signed."""

    code: ClassVar[str] = "signatures_missing"


class TooEarly(Rejected):
    """What was approved begins later."""

    code: ClassVar[str] = "campaign_too_early"


class TimeIsOver(Rejected):
    """What was approved would have ended by now."""

    code: ClassVar[str] = "campaign_time_over"
