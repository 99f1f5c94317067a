"""The documents of an issuer: what of a JWK set we can use, how a discovery document leads to it, who is revoked."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet

from shared.access.documents import fetch_json

_USABLE = frozenset({"RSA", "EC", "OKP"})


def parse_keys(document: Any) -> KeySet:  # noqa: ANN401 - JSON
    """The signing keys of a JWK set (RFC 7517). Raises `ValueError` when it has none that we could use.

    Keys of other kinds are left out: a shared secret in particular, which would let whoever knows it sign.
    """
    keys = []
    for item in document["keys"]:
        try:
            if item["kty"] in _USABLE and item.get("use", "sig") == "sig":
                keys.append(JWKRegistry.import_key(item))
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            # One key that we cannot read is no reason to distrust the others.
            continue
    if not keys:
        msg = "the JWK set holds no RSA, EC or OKP key for signatures"
        raise ValueError(msg)
    return KeySet(keys)


def discover(issuer: str, discovery_url: str | None) -> Any:  # noqa: ANN401 - JSON
    """The JWK set that an issuer's discovery document names (OpenID Connect Discovery 1.0 §4)."""
    document = fetch_json(discovery_url or f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if document["issuer"] != issuer:
        # §4.3: must be the same, or one issuer could speak for another.
        msg = "the discovery document is another issuer's"
        raise ValueError(msg)
    address = document["jwks_uri"]
    if not isinstance(address, str) or urlsplit(address).scheme not in {"http", "https"}:
        msg = "the discovery document's jwks_uri is no http address"
        raise ValueError(msg)
    return fetch_json(address)


def parse_revoked(document: Any) -> dict[str, int]:  # noqa: ANN401 - JSON
    """Device -> when it was revoked, in seconds since 1970. Raises `ValueError` for anything else."""
    if not isinstance(document, dict) or not all(type(at) in {int, float} for at in document.values()):
        # All of it or nothing: a device that is left out would be believed again.
        msg = "the list of revoked devices is no object of device and seconds"
        raise ValueError(msg)
    return document
