"""Bearer tokens: whether one is to be believed, and who it says is calling.

Signatures are joserfc's work. Algorithms are ours to choose, never the token's: only RS256, ES256 and Ed25519 (also
under its older name EdDSA) are believed, so neither `none` nor an HMAC made with a public key gets in (RFC 8725 §3.1).
"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from joserfc import jws
from joserfc.errors import BadSignatureError, ExpiredTokenError, InvalidClaimError, InvalidKeyIdError, JoseError
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from shared.access.claims import ClaimNames, caller_from
from shared.access.errors import TokenExpired, TokenInvalid, TokenRevoked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from joserfc.jwk import KeySet

    from shared.access.documents import FreshDocument
    from shared.access.permissions import Caller

ALGORITHMS = frozenset({"RS256", "ES256", "EdDSA", "Ed25519"})
TOKEN_BYTES_MAX = 8192
CACHED_TOKENS_MAX = 10_000


class _Registry(JWSRegistry):
    """Our algorithms and no others; joserfc would warn about each token that says EdDSA, which is only a name."""

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 - joserfc keeps the type to itself
        if name not in ALGORITHMS:
            raise TokenInvalid("its algorithm is none of RS256, ES256 and Ed25519")
        return self.algorithms[name]


# Headers that we do not know are no reason to refuse: issuers add their own. Critical ones (`crit`) still are.
_REGISTRY = _Registry(strict_check_header=False)


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """Somebody whose tokens are believed."""

    name: str
    """The claim `iss`, letter by letter."""
    audience: str
    """Must be in the claim `aud`: a token for another system is not one for us."""
    keys: FreshDocument[KeySet]
    revoked: FreshDocument[Mapping[str, int]] | None = None
    """Device -> when it was revoked, in seconds since 1970: what was issued until then is void."""
    claims: ClaimNames = field(default_factory=ClaimNames)


@dataclass(frozen=True, slots=True)
class _Believed:
    """A token that was verified, as the cache keeps it."""

    caller: Caller
    issuer: TrustedIssuer
    keys: KeySet
    """The keys that it was verified with: with other ones it is verified again."""
    issued_at: float
    expires_at: float


class Verifier:
    """Believes tokens of `issuers`. Tokens that were verified are remembered by their hash until they expire."""

    def __init__(
        self,
        issuers: Iterable[TrustedIssuer],
        *,
        leeway_s: int = 30,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._issuers = {issuer.name: issuer for issuer in issuers}
        self._leeway_s = leeway_s
        self._now = now
        self._believed: dict[bytes, _Believed] = {}
        self._lock = threading.Lock()

    def known(self, token: str) -> Caller | None:
        """The caller of a token that was verified before; None when `verify` has to look. Never blocks.

        Raises `TokenExpired` or `TokenRevoked`.
        """
        believed = self._believed.get(_digest(token))
        if believed is None:
            return None
        issuer = believed.issuer
        if issuer.keys.current is not believed.keys or issuer.keys.is_due:
            return None
        if issuer.revoked is not None and believed.caller.device is not None and issuer.revoked.is_due:
            return None
        self._check_still_good(believed)
        return believed.caller

    def verify(self, token: str) -> Caller:
        """The caller whom `token` names. May block while keys are fetched.

        Raises `Unauthenticated`, or `TransientError` when the issuer's keys could not be fetched even once.
        """
        if len(token) > TOKEN_BYTES_MAX:
            msg = f"it is longer than {TOKEN_BYTES_MAX} bytes"
            raise TokenInvalid(msg)
        try:
            signed = jws.extract_compact(token.encode("ascii"), registry=_REGISTRY)
            claims = orjson.loads(signed.payload or b"")
        except (JoseError, ValueError, TypeError):
            raise TokenInvalid("it is no signed JSON Web Token") from None
        issuer = self._issuers.get(claims["iss"]) if _has_text(claims, "iss") else None
        if issuer is None:
            raise TokenInvalid("its issuer (iss) is none that this system trusts")
        keys = self._check_signature(token, issuer)
        self._check_claims(claims, issuer)
        believed = _Believed(
            caller=caller_from(claims, issuer.claims),
            issuer=issuer,
            keys=keys,
            issued_at=float(claims.get("iat", 0)),
            expires_at=float(claims["exp"]),
        )
        self._check_still_good(believed)
        self._remember(_digest(token), believed)
        return believed.caller

    def _check_signature(self, token: str, issuer: TrustedIssuer) -> KeySet:
        keys = issuer.keys.get()
        try:
            try:
                jws.deserialize_compact(token, keys, registry=_REGISTRY)
            except InvalidKeyIdError:
                # A key that we have not seen: the issuer may have rotated since we asked.
                keys = issuer.keys.get(missing=True)
                jws.deserialize_compact(token, keys, registry=_REGISTRY)
        except InvalidKeyIdError:
            raise TokenInvalid("its key (kid) is none of its issuer's") from None
        except BadSignatureError:
            raise TokenInvalid("its signature is wrong") from None
        except (JoseError, ValueError, TypeError):
            raise TokenInvalid("its signature cannot be checked") from None
        return keys

    def _check_claims(self, claims: dict[str, Any], issuer: TrustedIssuer) -> None:
        rules = JWTClaimsRegistry(
            now=lambda: int(self._now()),
            leeway=self._leeway_s,
            iss={"essential": True, "value": issuer.name},
            aud={"essential": True, "value": issuer.audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        try:
            rules.validate(claims)
        except ExpiredTokenError:
            raise TokenExpired from None
        except InvalidClaimError as error:
            raise TokenInvalid(_WRONG_CLAIMS.get(error.claim, "a claim is wrong")) from None
        except JoseError:
            raise TokenInvalid("one of the claims sub, aud and exp is missing") from None

    def _check_still_good(self, believed: _Believed) -> None:
        """What can change while a token lives: time goes on, and its device is revoked."""
        if self._now() - self._leeway_s >= believed.expires_at:
            raise TokenExpired
        device, revoked = believed.caller.device, believed.issuer.revoked
        if device is not None and revoked is not None and revoked.get().get(device, -1) >= believed.issued_at:
            raise TokenRevoked

    def _remember(self, digest: bytes, believed: _Believed) -> None:
        with self._lock:
            while len(self._believed) >= CACHED_TOKENS_MAX:
                # The one that was verified longest ago; if it is still in use it is verified once more.
                del self._believed[next(iter(self._believed))]
            self._believed[digest] = believed


_WRONG_CLAIMS = {
    "aud": "its audience (aud) is another system",
    "nbf": "it is not valid yet (nbf); is the clock right?",
    "iat": "it was issued in the future (iat); is the clock right?",
    "exp": "its expiry (exp) is no time",
    "sub": "its subject (sub) is no name",
}


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _has_text(claims: Any, name: str) -> bool:  # noqa: ANN401 - JSON
    return isinstance(claims, dict) and isinstance(claims.get(name), str)
