"""The door over HTTP: who is let in, what a refusal says, signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from shared.access.issuer import BuiltInIssuer, Grant
from shared.access.sign_in import GUESSES_MAX
from shared.access.tokens import TOKEN_BYTES_MAX
from shared.runtime.access import Access, AccessSettings, build_access
from shared.runtime.http import build_app
from shared.runtime.settings import WrongSettings

if TYPE_CHECKING:
    from pathlib import Path

    from shared.runtime.service import Service

LIABILITY = "/api/loyalty/v1/liability"
OPEN = [
    "/livez",
    "/readyz",
    "/metrics",
    "/api/loyalty/v1/openapi.json",
    "/api/loyalty/v1/docs",
    "/.well-known/openid-configuration",
    "/.well-known/jwks.json",
    "/.well-known/revoked-devices.json",
    "/api/access/v1/openapi.json",
]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def token(access: Access, *roles: str, **more: object) -> str:
    assert access.issuer
    return access.issuer.token(Grant("anne", roles, **more), minutes=5)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", OPEN)
def test_health_documentation_and_public_keys_are_open(http: TestClient, path: str) -> None:
    assert http.get(path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", LIABILITY),
        ("POST", "/api/loyalty/v1/redemptions"),
        ("GET", "/api/loyalty/v1/nothing"),
        ("GET", "/api/loyalty/v1"),
        ("GET", "/"),
        ("GET", "/livez/"),
        ("GET", "/api/loyalty/v1/docs/../liability"),
        ("OPTIONS", LIABILITY),
    ],
)
def test_everything_else_is_closed_whether_it_exists_or_not(http: TestClient, method: str, path: str) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
    assert answer.headers["www-authenticate"] == 'Bearer realm="regulars"'
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-correlation-id"]


def test_a_stranger_s_body_is_never_read(http: TestClient) -> None:
    read = []

    def parts() -> object:
        read.append(1)
        yield b"x" * 1024

    assert http.post("/api/loyalty/v1/redemptions", content=parts()).status_code == 401  # type: ignore[arg-type]
    assert http.post("/api/loyalty/v1/redemptions", content=b"[" * 100_000).json()["code"] == "token_missing"


def test_a_token_opens_what_its_role_may_and_nothing_else(http: TestClient, access: Access) -> None:
    assert http.get(LIABILITY, headers=bearer(token(access, "auditor"))).status_code == 200
    refused = http.get(LIABILITY, headers=bearer(token(access, "clerk")))
    assert (refused.status_code, refused.json()["permission"]) == (403, "loyalty.liability.read")
    assert http.get("/api/loyalty/v1/nothing", headers=bearer(token(access, "clerk"))).status_code == 404


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer  "])
def test_the_scheme_is_read_as_http_says(http: TestClient, access: Access, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {token(access, 'auditor')}"}
    assert http.get(LIABILITY, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "token_missing"),
        ("Bearer", "token_missing"),
        ("Bearer  ", "token_missing"),
        ("Basic YW5uZTpzZWNyZXQ=", "token_missing"),
        ("Bearer canary-138", "token_invalid"),
        ("Bearer canary-138.a.b", "token_invalid"),
        ("Bearer " + "x" * (TOKEN_BYTES_MAX + 1), "token_invalid"),
    ],
)
def test_a_refusal_has_a_stable_code_and_repeats_nothing_of_the_token(http: TestClient, value: str, code: str) -> None:
    answer = http.get(LIABILITY, headers={"Authorization": value})
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert "canary" not in answer.text + str(answer.headers)


def test_two_tokens_are_none(http: TestClient, access: Access) -> None:
    good = ("Authorization", f"Bearer {token(access, 'auditor')}")
    answer = http.get(LIABILITY, headers=[good, good])
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_an_expired_token_says_so(service: Service, issuer_dir: Path) -> None:
    old = BuiltInIssuer(issuer_dir, now=lambda: 1_000_000_000).token(Grant("anne", ["auditor"]), minutes=5)
    with TestClient(build_app([service], access=build_access(AccessSettings(built_in_dir=issuer_dir)))) as http:
        answer = http.get(LIABILITY, headers=bearer(old))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_without_an_issuer_nobody_is_let_in_and_no_process_starts(service: Service, http: TestClient) -> None:
    with TestClient(build_app([service])) as closed:
        assert closed.get(LIABILITY).status_code == 401
        assert closed.get("/readyz").status_code == 200
    with pytest.raises(WrongSettings, match="REGULARS_ACCESS_ISSUER"):
        build_access(AccessSettings())
    assert http.get("/livez").status_code == 200


def test_somebody_signs_in_and_may_do_what_her_role_may(http: TestClient, access: Access) -> None:
    assert access.users
    password = access.users.first_password("auditor")
    answer = http.post("/api/access/v1/sign-in", json={"username": "auditor", "password": password})
    assert answer.status_code == 200
    assert (answer.json()["token_type"], answer.json()["roles"]) == ("Bearer", ["auditor"])
    assert http.get(LIABILITY, headers=bearer(answer.json()["access_token"])).status_code == 200


@pytest.mark.parametrize("name", ["auditor", "nobody-is-called-this"])
def test_guessing_is_refused_alike_for_every_name_and_then_limited(
    http: TestClient,
    access: Access,
    name: str,
) -> None:
    def guess(password: str) -> tuple[int, str]:
        answer = http.post("/api/access/v1/sign-in", json={"username": name, "password": password})
        assert "canary" not in answer.text
        return answer.status_code, answer.json()["code"] if answer.is_error else ""

    assert [guess(f"canary-{n}") for n in range(GUESSES_MAX)] == [(401, "sign_in_failed")] * GUESSES_MAX
    assert access.users
    right = access.users.first_password("auditor") or ""
    assert guess(right) == (429, "too_many_attempts"), "also for the right one, or guessing would go on"
    answer = http.post("/api/access/v1/sign-in", json={"username": name, "password": right})
    assert int(answer.headers["retry-after"]) > 0


def test_a_password_is_never_quoted(http: TestClient) -> None:
    for body in ({"username": 7, "password": "canary", "canary": 1}, {"username": "canary"}, ["canary"]):
        answer = http.post("/api/access/v1/sign-in", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
        assert "canary" not in answer.text
