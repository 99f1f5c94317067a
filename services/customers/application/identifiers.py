"""Identifiers as people say them, in one spelling, and the tokens that stand for them elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.customers.domain.values import IdentifierKind, MemberToken
from shared.identity.tokens import member_token, normalise


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """A phone, card or e-mail in its one spelling. Personal: it stays in memory and in the vault."""

    kind: IdentifierKind
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Reads identifiers and makes their member tokens, exactly as `stores` does at a till's edge."""

    region: str
    token_key: bytes = field(repr=False)

    def read(self, kind: IdentifierKind, value: str) -> Identifier:
        """The identifier in its one spelling. Raises `InvalidInput` naming `kind` as the field."""
        return Identifier(kind, normalise(kind, value, self.region))

    def token(self, identifier: Identifier) -> MemberToken:
        """What tills call this identifier."""
        return MemberToken(identifier.kind, member_token(self.token_key, identifier.kind, identifier.value))
