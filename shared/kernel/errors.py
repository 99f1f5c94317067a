"""What can go wrong, grouped by what the caller can do about it.

RegularsError
 |- Rejected              the business said no; carries a stable `code`; never retried
 |   |- NotFound          the thing is not there, or not in the caller's scope
 |   `- InvalidInput      the input cannot be understood; names field, value and limit
 |- ConcurrencyConflict   somebody appended meanwhile; load and decide again
 |- TransientError        a dependency is away; the same call may succeed later
 |- PermanentError        this record can never be handled; park it
 `- InvariantViolated     our own bug; park the record and look

No HTTP numbers here: `shared.access.problems` owns the one mapping table.
"""

from __future__ import annotations

from typing import ClassVar


class RegularsError(Exception):
    """Root of every error that this project raises on purpose."""


class Rejected(RegularsError):
    """The business said no. `code` is stable and part of the public contract."""

    code: ClassVar[str] = "rejected"

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class NotFound(Rejected):
    """The thing does not exist, or is outside the caller's scope: the answer is the same."""

    code: ClassVar[str] = "not_found"


class InvalidInput(Rejected):
    """The input cannot be taken: the message names the field, the value, the limit and the way out."""

    code: ClassVar[str] = "invalid_input"


class ConcurrencyConflict(RegularsError):
    """Another writer changed one of `streams` after we read it."""

    def __init__(self, streams: list[str]) -> None:
        super().__init__(f"changed by another writer: {', '.join(streams[:5])}")
        self.streams = streams


class TransientError(RegularsError):
    """A dependency is away; the same call may succeed later."""


class PermanentError(RegularsError):
    """A record that can never be handled as it is; it is parked with its reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class InvariantViolated(RegularsError):
    """A rule that the code itself guarantees does not hold: a bug of ours."""
