"""Identifiers to member tokens at the edge: at a till's gateway, and where the intake takes requests and files."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from shared.identity.tokens import member_token, normalise
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from shared.contracts.receipts import MemberDocument


class Tokeniser:
    """Turns identifiers into tokens at the edge; nothing behind it sees an identifier."""

    def __init__(self, key: bytes, phone_region: str) -> None:
        self._key = key
        self._phone_region = phone_region

    def token_of(self, member: MemberDocument) -> str:
        """The token of the card or phone. Raises `InvalidInput`, which never repeats the identifier."""
        if (member.card is None) == (member.phone is None):
            raise InvalidInput("member needs card or phone, one of them: it says who the member is", field="member")
        if member.card is not None:
            return member_token(self._key, "card", normalise("card", member.card, self._phone_region))
        return member_token(self._key, "phone", normalise("phone", member.phone or "", self._phone_region))

    def veiled(self, request_hash: bytes) -> bytes:
        """A keyed hash of a request's hash: from the plain one of a short body, its phone number could be guessed."""
        return hmac.digest(self._key, b"request:" + request_hash, "sha256")
