"""What the claims of a verified token say: who calls, with which roles, where. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.access.errors import TokenInvalid
from shared.access.permissions import NOTHING, WHOLE_CHAIN, Caller, Scope
from shared.access.roles import DEVICE_ROLE, PARTNER_BOUND, ROLES, STORE_BOUND, permissions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SUBJECT_CHARACTERS_MAX = 255
"""OpenID Connect Core §2: a subject has at most 255 characters."""

NO_PARTNER = ""
"""Whose part a partner sees whose token does not say of whom she is: nobody's. No party has this code."""


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Where an issuer writes what we need to know. A dot goes into a claim: `realm_access.roles`."""

    roles: str = "roles"
    stores: str = "stores"
    regions: str = "regions"
    partner: str = "partner"
    device: str = "device"


def caller_from(claims: Mapping[str, Any], names: ClaimNames) -> Caller:
    """The caller whom verified `claims` describe.

    Raises `TokenInvalid` for a claim of another shape than expected. It is never passed over: a store claim that
    cannot be read must not open the whole chain.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_CHARACTERS_MAX or not subject.isprintable():
        raise TokenInvalid("its subject (sub) is missing or no name")
    roles = frozenset(_texts(claims, names.roles) or ()) & ROLES.keys()
    device = _text(claims, names.device)
    if DEVICE_ROLE in roles and device is None:
        raise TokenInvalid(f"its role is {DEVICE_ROLE} and it names no device (claim {names.device})")
    return Caller(
        name=f"{claims['iss']}|{subject}",
        permissions=permissions_of(roles),
        scope=_scope(claims, names, roles),
        device=device,
        roles=roles,
    )


def _scope(claims: Mapping[str, Any], names: ClaimNames, roles: frozenset[str]) -> Scope:
    """The narrowest scope that any of the roles asks for: holding a second role never widens the first."""
    stores, regions = _texts(claims, names.stores), _texts(claims, names.regions)
    partner = _text(claims, names.partner)
    if roles & PARTNER_BOUND:
        return Scope(frozenset(), partner=partner or NO_PARTNER)
    if stores is not None or regions is not None or partner is not None:
        return Scope(frozenset(stores or ()), frozenset(regions or ()), partner)
    return NOTHING if roles & STORE_BOUND else WHOLE_CHAIN


def _texts(claims: Mapping[str, Any], name: str) -> list[str] | None:
    value = _find(claims, name)
    if value is None:
        return None
    if isinstance(value, str):
        return value.split()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise TokenInvalid(f"its claim {name} is not a list of texts")


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = _find(claims, name)
    if value is None or (isinstance(value, str) and value):
        return value
    raise TokenInvalid(f"its claim {name} is not a text")


def _find(claims: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - JSON
    # A whole name first: some issuers name claims by URL, with dots in it.
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
