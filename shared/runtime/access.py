"""Whose tokens a process believes: an OpenID Connect provider, the built-in issuer, or both; and the door it makes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.access.authentication import Authentication
from shared.access.claims import ClaimNames
from shared.access.documents import FreshDocument, fetch_json
from shared.access.issuer import BuiltInIssuer
from shared.access.keys import discover, parse_keys, parse_revoked
from shared.access.sign_in import DISCOVERY, JWKS, REVOKED, SIGN_IN, issuer_documents, sign_in_app
from shared.access.tokens import TrustedIssuer, Verifier
from shared.access.users import Users
from shared.runtime.settings import Settings, WrongSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastapi import FastAPI

KEYS_AGE_S_MAX = 600.0
REVOKED_AGE_S_MAX = 60.0
FETCH_PAUSE_S = 10.0


class AccessSettings(Settings):
    """Validated at start. A process that names no issuer at all does not start."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_ACCESS_", extra="ignore", frozen=True)

    issuer: str | None = Field(default=None, min_length=1, description="The provider's name: the claim iss, exactly.")
    audience: str = Field(default="regulars", min_length=1, description="What the claim aud must name.")
    jwks_url: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Where the provider's keys are; default: found by its discovery document.",
    )
    discovery_url: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Default: the issuer's name and /.well-known/openid-configuration.",
    )
    revoked_url: str | None = Field(
        default=None,
        pattern="^https?://",
        description="A JSON object of device -> seconds since 1970 at which its tokens were revoked.",
    )
    roles_claim: str = "roles"
    stores_claim: str = "stores"
    regions_claim: str = "regions"
    partner_claim: str = "partner"
    device_claim: str = "device"
    leeway_s: int = Field(default=30, ge=0, le=300, description="How far clocks may be apart.")
    built_in_dir: Path | None = Field(
        default=None,
        description="Folder of the built-in issuer, whose tokens are then believed; this process also serves sign-in.",
    )
    built_in_name: str = Field(default="regulars", min_length=1, description="The built-in issuer's claim iss.")


@dataclass(frozen=True)
class Access:
    """Who is let in, and the built-in issuer where this process serves it."""

    verifier: Verifier
    issuer: BuiltInIssuer | None = None
    users: Users | None = None


def build_access(settings: AccessSettings) -> Access:
    """From the settings. Raises `WrongSettings`. Nothing is fetched yet: an issuer may be away while we start."""
    issuers: list[TrustedIssuer] = []
    if settings.issuer is not None:
        issuers.append(_provider(settings, settings.issuer))
    if settings.built_in_dir is None:
        if not issuers:
            msg = (
                "no issuer of tokens is set, so nobody could sign in; set REGULARS_ACCESS_ISSUER to your OpenID Connect"
                " provider, or REGULARS_ACCESS_BUILT_IN_DIR to the folder of the built-in issuer (docs/access.md)"
            )
            raise WrongSettings(msg)
        return Access(Verifier(issuers, leeway_s=settings.leeway_s))
    issuer = BuiltInIssuer(settings.built_in_dir, name=settings.built_in_name, audience=settings.audience)
    issuers.append(issuer.trusted())
    return Access(Verifier(issuers, leeway_s=settings.leeway_s), issuer, Users(settings.built_in_dir))


NOBODY = Access(Verifier([]))
"""Lets nobody in: what a process has that serves no API."""

_OPEN = frozenset({"/livez", "/readyz", "/metrics"})
_DOCUMENTATION = ("openapi.json", "docs", "docs/oauth2-redirect", "redoc")
_ACCESS = "/api/access/v1"


def guard(
    root: FastAPI, access: Access, mounted: Iterable[str], public: Iterable[str] = (), *, closed_below: str = "/"
) -> None:
    """Closes `root` to whoever shows no token, but for health and the documentation of what is `mounted`.

    `public` are beginnings of paths that are open as well, and so is whatever is not below `closed_below`.
    Where the built-in issuer lives, its sign-in and public documents are served and open too.
    """
    open_to_all = set(_OPEN)
    paths = list(mounted)
    if access.issuer is not None and access.users is not None:
        root.mount(_ACCESS, sign_in_app(access.issuer, access.users))
        root.include_router(issuer_documents(access.issuer))
        open_to_all |= {SIGN_IN, DISCOVERY, JWKS, REVOKED}
        paths.append(_ACCESS)
    open_to_all |= {f"{path}/{document}" for path in paths for document in _DOCUMENTATION}
    root.add_middleware(
        Authentication,
        verifier=access.verifier,
        open_to_all=open_to_all,
        open_below=tuple(public),
        closed_below=closed_below,
    )


def _provider(settings: AccessSettings, name: str) -> TrustedIssuer:
    fetch = (
        partial(fetch_json, settings.jwks_url)
        if settings.jwks_url is not None
        else partial(discover, name, settings.discovery_url)
    )
    revoked: FreshDocument[Mapping[str, int]] | None = None
    if settings.revoked_url is not None:
        revoked = FreshDocument(
            "revoked devices",
            partial(fetch_json, settings.revoked_url),
            parse_revoked,
            age_s_max=REVOKED_AGE_S_MAX,
            pause_s=FETCH_PAUSE_S,
        )
    return TrustedIssuer(
        name=name,
        audience=settings.audience,
        keys=FreshDocument(
            "keys of the issuer",
            fetch,
            parse_keys,
            age_s_max=KEYS_AGE_S_MAX,
            pause_s=FETCH_PAUSE_S,
        ),
        revoked=revoked,
        claims=ClaimNames(
            settings.roles_claim,
            settings.stores_claim,
            settings.regions_claim,
            settings.partner_claim,
            settings.device_claim,
        ),
    )
