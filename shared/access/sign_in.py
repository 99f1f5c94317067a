"""The built-in issuer over HTTP: signing in, and the documents by which others believe its tokens."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field

from shared.access import problems
from shared.access.errors import SignInFailed, TooManyAttempts
from shared.access.guessing import GuessLimit
from shared.access.issuer import ALGORITHM
from shared.access.openapi import DescribedAPI
from shared.kernel.text import CONTROL_FREE

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.access.issuer import BuiltInIssuer
    from shared.access.users import Users

SESSION_MINUTES = 8 * 60
"""A shift."""
GUESSES_MAX = 5
GUESSES_FROM_ADDRESS_MAX = 30
GUESSES_WINDOW_S = 60.0
HASHED_AT_ONCE_MAX = 2
"""Passwords that are hashed at the same time: each takes a core and 16 MiB for a moment."""
HASHING_WAIT_S_MAX = 5.0

SIGN_IN = "/api/access/v1/sign-in"
DISCOVERY = "/.well-known/openid-configuration"
JWKS = "/.well-known/jwks.json"
REVOKED = "/.well-known/revoked-devices.json"


class Credentials(BaseModel):
    """Who wants to come in."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    username: Annotated[str, Field(min_length=1, max_length=64, pattern=CONTROL_FREE)]
    password: Annotated[str, Field(min_length=1, max_length=256, repr=False)]


class SignedIn(BaseModel):
    """A token, in the words of RFC 6749 §5.1."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the scheme, not a secret
    expires_in: Annotated[int, Field(description="Seconds.")]
    roles: list[str]


def sign_in_app(issuer: BuiltInIssuer, users: Users, *, clock: Callable[[], float] = time.monotonic) -> FastAPI:
    """The application at /api/access/v1, open to everybody: without a token, how else to get one."""
    app = DescribedAPI(title="Regulars: access", version="1", description="Signing in with the built-in issuer.")
    problems.install(app)

    @app.exception_handler(RequestValidationError)
    def refuse(_request: Request, _error: RequestValidationError) -> Response:
        # Says nothing of what was sent: it may be a password in the wrong place.
        detail = "send a JSON object with the texts username (1 to 64 characters) and password (1 to 256)"
        return problems.problem(422, "invalid_input", detail)

    by_name = GuessLimit(GUESSES_MAX, GUESSES_WINDOW_S, clock)
    by_address = GuessLimit(GUESSES_FROM_ADDRESS_MAX, GUESSES_WINDOW_S, clock)
    hashing = threading.BoundedSemaphore(HASHED_AT_ONCE_MAX)

    @app.post(
        "/sign-in",
        summary="Get a token for name and password",
        description=f"At most {GUESSES_MAX} wrong passwords per user and minute.",
        responses={
            401: {"description": "No user has this name and password."},
            429: {"description": "Too many attempts; `Retry-After` says when to try again."},
        },
    )
    def sign_in(body: Credentials, request: Request) -> SignedIn:
        address = request.client.host if request.client else "-"
        by_address.count(address)
        by_name.count(body.username)
        if not hashing.acquire(timeout=HASHING_WAIT_S_MAX):
            raise TooManyAttempts(round(HASHING_WAIT_S_MAX))
        try:
            user = users.sign_in(body.username, body.password)
        finally:
            hashing.release()
        if user is None:
            raise SignInFailed
        by_address.forgive(address)
        by_name.forgive(body.username)
        return SignedIn(
            access_token=issuer.token(user.grant(), minutes=SESSION_MINUTES),
            expires_in=SESSION_MINUTES * 60,
            roles=list(user.roles),
        )

    return app


def issuer_documents(issuer: BuiltInIssuer) -> APIRouter:
    """What any service needs in order to believe the issuer's tokens; public keys are public."""
    routes = APIRouter()

    @routes.get(DISCOVERY)
    def configuration(request: Request) -> dict[str, Any]:
        base = str(request.base_url).rstrip("/")
        return {
            "issuer": issuer.name,
            "jwks_uri": f"{base}{JWKS}",
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
        }

    @routes.get(JWKS)
    def keys() -> dict[str, Any]:
        return issuer.jwks()

    @routes.get(REVOKED)
    def revoked() -> dict[str, int]:
        return issuer.revoked()

    return routes
