"""Which tokens are believed: the laws of RFC 7519 and RFC 8725, against forgers, clocks and rotation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import warnings
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from shared.access.documents import FreshDocument
from shared.access.errors import TokenExpired, TokenInvalid, TokenRevoked, Unauthenticated
from shared.access.keys import parse_keys
from shared.access.permissions import NOTHING, WHOLE_CHAIN, Scope
from shared.access.roles import ROLES
from shared.access.tokens import CACHED_TOKENS_MAX, TOKEN_BYTES_MAX, TrustedIssuer, Verifier
from shared.kernel.errors import TransientError

NOW = 1_790_000_000
ISSUER = "https://id.example"
LEEWAY_S = 30


@dataclass
class Issuer:
    """A provider on the other side of a wire that we can cut, with a clock that we can turn."""

    keys: list[Key] = field(default_factory=lambda: [key("Ed25519")])
    now: float = NOW
    away: bool = False
    asked: int = 0
    revoked: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        trusted = TrustedIssuer(
            ISSUER,
            "regulars",
            FreshDocument("keys", self.fetch, parse_keys, age_s_max=600, pause_s=10, clock=self.clock),
            FreshDocument("revoked", lambda: dict(self.revoked), dict, age_s_max=1, pause_s=1, clock=self.clock),
        )
        self.verifier = Verifier([trusted], leeway_s=LEEWAY_S, now=self.clock)

    def clock(self) -> float:
        return self.now

    def fetch(self) -> dict[str, Any]:
        self.asked += 1
        if self.away:
            raise OSError
        return {"keys": [k.as_dict(private=False) for k in self.keys]}

    def token(self, *, by: Key | None = None, header: dict[str, str] | None = None, **claims: Any) -> str:
        signer = by or self.keys[0]
        said = {"iss": ISSUER, "aud": "regulars", "sub": "anne", "roles": ["marketer"], "iat": NOW, "exp": NOW + 600}
        said = {name: value for name, value in (said | claims).items() if value is not None}
        algorithm = str(signer.get("alg"))
        return jwt.encode({"alg": algorithm, "kid": signer.kid} | (header or {}), said, signer, algorithms=[algorithm])


def key(algorithm: str) -> Key:
    made: Key
    match algorithm:
        case "RS256":
            made = RSAKey.generate_key(2048, {"alg": algorithm})
        case "ES256":
            made = ECKey.generate_key("P-256", {"alg": algorithm})
        case _:
            made = OKPKey.generate_key("Ed25519", {"alg": algorithm})
    made.ensure_kid()
    return made


def part(document: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "Ed25519"])
def test_a_good_token_names_its_caller(algorithm: str) -> None:
    issuer = Issuer([key(algorithm)])
    caller = issuer.verifier.verify(issuer.token())
    assert caller.name == f"{ISSUER}|anne"
    assert caller.permissions == ROLES["marketer"]
    assert caller.scope == WHOLE_CHAIN


def test_the_older_name_of_ed25519_is_believed_without_a_warning() -> None:
    issuer = Issuer([key("EdDSA")])
    with warnings.catch_warnings(action="ignore"):
        token = issuer.token()
    assert issuer.verifier.verify(token).name == f"{ISSUER}|anne"


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "https://id.example/"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"iss": ["https://id.example"]}, "issuer"),
        ({"aud": "another"}, "audience"),
        ({"aud": ["another", "third"]}, "audience"),
        ({"aud": None}, "missing"),
        ({"exp": None}, "missing"),
        ({"exp": "tomorrow"}, "expiry"),
        ({"exp": True}, "expiry"),
        ({"nbf": NOW + LEEWAY_S + 1}, "not valid yet"),
        ({"iat": NOW + LEEWAY_S + 1}, "future"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"sub": "a\nb"}, "sub"),
        ({"roles": {"hq_admin": True}}, "roles"),
        ({"roles": ["clerk"], "stores": 7}, "stores"),
        ({"roles": ["marketer"], "stores": [7]}, "stores"),
        ({"roles": ["marketer"], "regions": {}}, "regions"),
        ({"roles": ["till"]}, "device"),
        ({"roles": ["till"], "device": ["a", "b"]}, "device"),
    ],
)
def test_a_claim_that_is_wrong_or_of_a_wrong_shape_is_named_and_refused(
    issuer: Issuer,
    claims: dict[str, Any],
    why: str,
) -> None:
    with pytest.raises(TokenInvalid, match=why):
        issuer.verifier.verify(issuer.token(**claims))


def test_nan_is_no_expiry(issuer: Issuer) -> None:
    with pytest.raises(Unauthenticated):
        issuer.verifier.verify(issuer.token(exp=float("nan")))


def test_one_of_several_audiences_is_enough(issuer: Issuer) -> None:
    assert issuer.verifier.verify(issuer.token(aud=["other", "regulars"]))


def test_clocks_may_be_apart_by_the_leeway_and_no_more(issuer: Issuer) -> None:
    token = issuer.token(nbf=NOW + LEEWAY_S, iat=NOW + LEEWAY_S)
    issuer.verifier.verify(token)
    issuer.now = NOW + 600 + LEEWAY_S - 1
    assert issuer.verifier.verify(token) == issuer.verifier.known(token)
    issuer.now += 1
    with pytest.raises(TokenExpired):
        issuer.verifier.known(token)
    with pytest.raises(TokenExpired):
        issuer.verifier.verify(token)


def test_a_role_that_was_tampered_with_is_refused(issuer: Issuer) -> None:
    head, body, signature = issuer.token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = f"{head}.{part(claims | {'roles': ['privacy_officer']})}.{signature}"
    with pytest.raises(TokenInvalid, match="signature"):
        issuer.verifier.verify(forged)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_a_token_without_a_signature_is_refused(issuer: Issuer, algorithm: str) -> None:
    body = issuer.token().split(".")[1]
    for header in ({"alg": algorithm}, {"alg": algorithm, "kid": issuer.keys[0].kid}):
        with pytest.raises(TokenInvalid):
            issuer.verifier.verify(f"{part(header)}.{body}.")


def test_an_hmac_made_with_the_public_key_is_refused() -> None:
    issuer = Issuer([key("RS256")])
    body = issuer.token().split(".")[1]
    for secret in (issuer.keys[0].as_pem(private=False), issuer.keys[0].as_der(private=False)):
        signed = f"{part({'alg': 'HS256', 'kid': issuer.keys[0].kid})}.{body}"
        mac = hmac.digest(secret, signed.encode(), hashlib.sha256)
        forged = f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
        with pytest.raises(TokenInvalid, match="algorithm"):
            issuer.verifier.verify(forged)


def test_a_shared_secret_in_the_key_set_is_no_key() -> None:
    secret = OctKey.generate_key(256, {"alg": "HS256", "kid": "s"})
    with pytest.raises(ValueError, match="no RSA"):
        parse_keys({"keys": [secret.as_dict(private=True)]})


def test_a_key_that_the_token_brings_along_is_not_used(issuer: Issuer) -> None:
    forger = key("Ed25519")
    public = json.dumps(forger.as_dict(private=False))
    forged = issuer.token(by=forger, header={"kid": str(issuer.keys[0].kid)})
    with pytest.raises(TokenInvalid):
        issuer.verifier.verify(forged)
    body, signature = forged.split(".")[1:]
    header = part({"alg": "Ed25519", "kid": forger.kid, "jwk": json.loads(public), "jku": "https://evil.example"})
    with pytest.raises(TokenInvalid):
        issuer.verifier.verify(f"{header}.{body}.{signature}")


def test_a_critical_header_that_we_do_not_know_is_refused(issuer: Issuer) -> None:
    body, signature = issuer.token().split(".")[1:]
    header = part({"alg": "Ed25519", "kid": issuer.keys[0].kid, "crit": ["exotic"], "exotic": 1})
    with pytest.raises(TokenInvalid):
        issuer.verifier.verify(f"{header}.{body}.{signature}")


def test_a_huge_token_is_refused_before_it_is_read(issuer: Issuer) -> None:
    with pytest.raises(TokenInvalid, match=str(TOKEN_BYTES_MAX)):
        issuer.verifier.verify(issuer.token(padding="x" * TOKEN_BYTES_MAX))
    assert issuer.asked == 0


@given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]{0,60}\.[A-Za-z0-9_-]{0,60}\.[A-Za-z0-9_-]{0,60}"))
def test_nothing_that_is_sent_as_a_token_is_an_error_of_ours(sent: str) -> None:
    issuer = Issuer([])
    assert issuer.verifier.known(sent) is None
    with pytest.raises(Unauthenticated):
        issuer.verifier.verify(sent)


@pytest.mark.parametrize("body", ["[" * 3000, "7", "null", "[]", '"text"', '{"iss":'])
def test_a_payload_that_is_no_set_of_claims_is_refused(issuer: Issuer, body: str) -> None:
    middle = base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")
    with pytest.raises(TokenInvalid):
        issuer.verifier.verify(f"{part({'alg': 'Ed25519', 'kid': issuer.keys[0].kid})}.{middle}.AAAA")


def test_a_rotated_key_is_found_and_the_old_one_is_good_as_long_as_it_is_shown(issuer: Issuer) -> None:
    before = issuer.token()
    issuer.verifier.verify(before)
    old, new = issuer.keys[0], key("Ed25519")
    issuer.keys, issuer.now = [new, old], NOW + 11
    issuer.verifier.verify(issuer.token())
    issuer.verifier.verify(before)
    issuer.keys, issuer.now = [new], NOW + 599
    assert issuer.verifier.known(before) is not None, "nobody has asked for the keys since"
    issuer.now = NOW + 620
    with pytest.raises(TokenInvalid, match="key"):
        issuer.verifier.verify(issuer.token(by=old, exp=NOW + 900))
    assert issuer.verifier.known(before) is None


def test_unknown_keys_do_not_flood_the_issuer(issuer: Issuer) -> None:
    issuer.verifier.verify(issuer.token())
    assert issuer.asked == 1
    forger = key("Ed25519")
    issuer.now += 11
    for n in range(50):
        with pytest.raises(TokenInvalid, match="kid"):
            issuer.verifier.verify(issuer.token(by=forger, jti=str(n)))
    assert issuer.asked == 2


def test_while_the_issuer_is_away_its_old_keys_are_good(issuer: Issuer) -> None:
    issuer.verifier.verify(issuer.token())
    issuer.away, issuer.now = True, NOW + 3600
    for n in range(5):
        issuer.verifier.verify(issuer.token(sub=f"n{n}", iat=NOW + 3600, exp=NOW + 4000))
    assert issuer.asked == 2, "it is asked again, but not for each token"


def test_an_issuer_that_was_never_there_is_a_matter_of_trying_again(issuer: Issuer) -> None:
    issuer.away = True
    for _ in range(3):
        with pytest.raises(TransientError):
            issuer.verifier.verify(issuer.token())
    assert issuer.asked == 1
    issuer.away, issuer.now = False, NOW + 11
    issuer.verifier.verify(issuer.token())


def test_a_device_is_revoked_alone_and_may_get_a_new_token(issuer: Issuer) -> None:
    first = issuer.token(roles=["till"], device="SH-001/1", stores=["SH-001"])
    second = issuer.token(roles=["till"], device="SH-001/2", stores=["SH-001"])
    assert issuer.verifier.verify(first).device == "SH-001/1"
    issuer.verifier.verify(second)
    issuer.revoked["SH-001/1"] = NOW + 5
    issuer.now = NOW + 10
    assert issuer.verifier.known(first) is None, "the list is due: a request does not wait for it in the event loop"
    with pytest.raises(TokenRevoked):
        issuer.verifier.verify(first)
    with pytest.raises(TokenRevoked):
        issuer.verifier.known(first)
    assert issuer.verifier.known(second) is not None
    assert issuer.verifier.verify(issuer.token(roles=["till"], device="SH-001/1", stores=["SH-001"], iat=NOW + 6))


def test_a_token_of_a_device_without_a_time_of_issue_is_void_once_it_is_revoked(issuer: Issuer) -> None:
    issuer.revoked["SH-001/1"] = NOW
    with pytest.raises(TokenRevoked):
        issuer.verifier.verify(issuer.token(roles=["till"], device="SH-001/1", iat=None))


def test_remembered_tokens_are_bounded_and_kept_by_hash_only(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.access.tokens.CACHED_TOKENS_MAX", 3)
    tokens = [issuer.token(sub=f"n{n}") for n in range(5)]
    for token in tokens:
        issuer.verifier.verify(token)
    assert [issuer.verifier.known(token) is not None for token in tokens] == [False, False, True, True, True]
    assert not any(token in repr(issuer.verifier.__dict__) for token in tokens)
    assert CACHED_TOKENS_MAX > 1_000


@pytest.mark.parametrize(
    ("claims", "scope"),
    [
        ({"roles": ["clerk"]}, NOTHING),
        ({"roles": ["store_manager"], "stores": []}, NOTHING),
        ({"roles": ["till"], "device": "d"}, NOTHING),
        ({"roles": ["clerk"], "stores": ["a", "b"]}, Scope(frozenset({"a", "b"}))),
        ({"roles": ["clerk"], "stores": "a b"}, Scope(frozenset({"a", "b"}))),
        ({"roles": ["store_manager"], "regions": ["east"]}, Scope(frozenset(), frozenset({"east"}))),
        ({"roles": ["hq_admin"]}, WHOLE_CHAIN),
        ({"roles": ["hq_admin"], "stores": ["a"]}, Scope(frozenset({"a"}))),
        ({"roles": ["hq_admin", "clerk"]}, NOTHING),
        ({"roles": ["partner"]}, Scope(frozenset(), partner="")),
        ({"roles": ["partner", "hq_admin"], "partner": "p", "stores": ["a"]}, Scope(frozenset(), partner="p")),
        ({"roles": ["somebody_elses"]}, WHOLE_CHAIN),
    ],
)
def test_a_scope_is_the_narrowest_that_any_role_asks_for(
    issuer: Issuer,
    claims: dict[str, Any],
    scope: Scope,
) -> None:
    caller = issuer.verifier.verify(issuer.token(**claims))
    assert caller.scope == scope
    if claims["roles"] == ["somebody_elses"]:
        assert caller.permissions == frozenset()
