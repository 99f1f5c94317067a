"""An identity provider on a real port: found by discovery, believed by its keys, and gone for a while."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from shared.access.issuer import Grant
from shared.runtime.access import AccessSettings, build_access
from shared.runtime.http import build_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.runtime.service import Service

LIABILITY = "/api/loyalty/v1/liability"


@dataclass
class Provider:
    """A little Keycloak: discovery, keys, and roles where Keycloak has them."""

    name: str = ""
    documents: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"alg": "RS256", "use": "sig"})
        self.key.ensure_kid()

    def publish(self) -> None:
        encryption = RSAKey.generate_key(2048, {"use": "enc", "kid": "e"}).as_dict(private=False)
        self.documents = {
            "/realms/chain/.well-known/openid-configuration": {
                "issuer": self.name,
                "jwks_uri": self.name + "/certs",
            },
            "/realms/chain/certs": {"keys": [encryption, {"kty": "strange"}, self.key.as_dict(private=False)]},
        }

    def token(self, **more: Any) -> dict[str, str]:
        claims = {"iss": self.name, "aud": ["account", "regulars"], "sub": "f:1", "exp": 4_000_000_000}
        claims |= {"realm_access": {"roles": ["offline_access", "auditor"]}} | more
        signed = jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key, algorithms=["RS256"])
        return {"Authorization": f"Bearer {signed}"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            body = json.dumps(made.documents.get(self.path, {})).encode()
            self.send_response(200 if self.path in made.documents else 500)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made.name = f"http://127.0.0.1:{server.server_port}/realms/chain"
    made.publish()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def http(service: Service, provider: Provider) -> Iterator[TestClient]:
    access = build_access(AccessSettings(issuer=provider.name, roles_claim="realm_access.roles"))
    with TestClient(build_app([service], access=access), raise_server_exceptions=False) as client:
        yield client


def test_tokens_of_a_discovered_provider_are_believed_and_its_keys_fetched_once(
    http: TestClient,
    provider: Provider,
) -> None:
    assert provider.asked == [], "a process starts without its provider"
    for n in range(3):
        assert http.get(LIABILITY, headers=provider.token(sub=f"f:{n}")).status_code == 200
    assert len(provider.asked) == 2
    assert http.get(LIABILITY, headers=provider.token(aud="account")).json()["code"] == "token_invalid"
    assert http.get(LIABILITY, headers=provider.token(realm_access={"roles": ["clerk"]})).status_code == 403


def test_a_provider_that_is_not_there_yet_is_answered_with_try_again(http: TestClient, provider: Provider) -> None:
    provider.documents = {}
    answer = http.get(LIABILITY, headers=provider.token())
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_a_discovery_document_of_somebody_else_is_not_used(http: TestClient, provider: Provider) -> None:
    next(iter(provider.documents.values()))["issuer"] = "https://another.example"
    assert http.get(LIABILITY, headers=provider.token()).status_code == 503


def test_the_built_in_issuer_serves_others_as_any_provider(
    service: Service,
    provider: Provider,
    issuer_dir: Path,
) -> None:
    """Another process believes the built-in issuer's tokens by its documents alone."""
    home = build_access(AccessSettings(built_in_dir=issuer_dir, built_in_name=provider.name))
    assert home.issuer
    with TestClient(build_app([], access=home), base_url=provider.name.removesuffix("/realms/chain")) as served:
        configuration = served.get("/.well-known/openid-configuration").json()
        assert configuration["issuer"] == provider.name
        provider.documents = {
            "/realms/chain/.well-known/openid-configuration": configuration,
            "/.well-known/jwks.json": served.get("/.well-known/jwks.json").json(),
            "/.well-known/revoked-devices.json": {"SH-001/1": 4_000_000_000},
        }
    root = provider.name.removesuffix("/realms/chain")
    settings = AccessSettings(issuer=provider.name, revoked_url=f"{root}/.well-known/revoked-devices.json")

    with TestClient(build_app([service], access=build_access(settings))) as http:
        auditor = home.issuer.token(Grant("a", ["auditor"]), minutes=5)
        assert http.get(LIABILITY, headers={"Authorization": f"Bearer {auditor}"}).status_code == 200
        till = home.issuer.token(Grant("t", ["till"], ["SH-001"], device="SH-001/1"), minutes=5)
        refused = http.get("/api/loyalty/v1/accounts", headers={"Authorization": f"Bearer {till}"})
        assert (refused.status_code, refused.json()["code"]) == (401, "token_revoked")
