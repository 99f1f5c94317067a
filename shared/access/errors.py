"""Why a caller is not let in. No message repeats anything of a token: they end up in logs and on screens."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.errors import Rejected

SIGN_IN = "sign in again, or get a token with: regulars token"


class Unauthenticated(Rejected):
    """Nobody knows who is calling. Answered with 401 and a challenge (RFC 6750 §3)."""

    code: ClassVar[str] = "token_invalid"

    @property
    def challenge(self) -> str:
        """The value of `WWW-Authenticate`."""
        return f'Bearer realm="regulars", error="invalid_token", error_description="{self.message}"'


class TokenMissing(Unauthenticated):
    """The request carries no bearer token."""

    code: ClassVar[str] = "token_missing"

    def __init__(self) -> None:
        super().__init__("the request has no token; send the header Authorization: Bearer TOKEN")

    @property
    def challenge(self) -> str:
        """Without an error: the caller only has not said who she is."""
        return 'Bearer realm="regulars"'


class TokenExpired(Unauthenticated):
    """The token was good once."""

    code: ClassVar[str] = "token_expired"

    def __init__(self) -> None:
        super().__init__(f"the token has expired; {SIGN_IN}")


class TokenInvalid(Unauthenticated):
    """The token is not one that this system believes."""

    code: ClassVar[str] = "token_invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"the token is not valid: {why}")


class TokenRevoked(Unauthenticated):
    """The device's tokens were taken back."""

    code: ClassVar[str] = "token_revoked"

    def __init__(self) -> None:
        super().__init__("the tokens of this device were revoked; an operator can give it a new one")


class SignInFailed(Unauthenticated):
    """Name and password do not belong together; which of the two is wrong is not said."""

    code: ClassVar[str] = "sign_in_failed"

    def __init__(self) -> None:
        super().__init__("no user has this name and password; an operator sees the first ones with: regulars users")

    @property
    def challenge(self) -> str:
        """Without an error: there was no token to be wrong."""
        return 'Bearer realm="regulars"'


class TooManyAttempts(Rejected):
    """Somebody guesses, or seems to. Answered with 429."""

    code: ClassVar[str] = "too_many_attempts"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many failed attempts; try again in {retry_after_s} seconds")
        self.retry_after_s = retry_after_s
