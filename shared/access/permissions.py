"""Who is calling, what of the chain she may see, and the permission that every route declares.

`shared.access.authentication` finds out who is calling before any route runs; the test suite fails for a route that
declares no permission, or one that no role of `shared.access.roles` gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import Depends, Request

from shared.access.errors import TokenMissing
from shared.kernel.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, MutableMapping

_CALLER = "regulars.caller"


class PermissionDenied(Rejected):
    """The caller may not do this."""

    code = "permission_denied"


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the chain a caller may see and change: the union of its stores and regions, or one partner's part.

    `stores` None is the whole chain. What lies outside is answered as not found.
    """

    stores: frozenset[str] | None = None
    regions: frozenset[str] = frozenset()
    partner: str | None = None


WHOLE_CHAIN = Scope()
NOTHING = Scope(frozenset())


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody or something that calls. `name` is its issuer and subject, as events and the audit log keep it."""

    name: str
    permissions: frozenset[str]
    scope: Scope = WHOLE_CHAIN
    device: str | None = None
    """The till that calls, if one does."""
    roles: frozenset[str] = frozenset()
    """Their names, to be shown to her; what she may do is in `permissions`."""

    def may(self, permission: str) -> bool:
        """Whether the caller holds `permission`."""
        return permission in self.permissions


def remember(scope: MutableMapping[str, Any], caller: Caller) -> None:
    """Notes in an ASGI `scope` who is calling."""
    scope[_CALLER] = caller


def is_let_in(scope: Mapping[str, Any]) -> bool:
    """Whether an ASGI `scope` knows who is calling."""
    return _CALLER in scope


def caller_of(request: Request) -> Caller:
    """The caller of a request. Raises `TokenMissing` where nobody was let in: the default is no."""
    caller = request.scope.get(_CALLER)
    if not isinstance(caller, Caller):
        raise TokenMissing
    return caller


class Requires:
    """The check that a route declares; the architecture test looks for it on every route."""

    def __init__(self, permission: str) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> None:
        # A coroutine although it waits for nothing: FastAPI would send a plain function to another thread.
        caller = caller_of(request)
        if not caller.may(self.permission):
            msg = f"{caller.name} may not do this; it needs the permission {self.permission}"
            raise PermissionDenied(msg, permission=self.permission)


class Public:
    """Declares a route that everybody may call, without a token. Its path must be below one of `Service.public`."""

    async def __call__(self) -> None:
        """Lets everybody in. Who a route serves it finds out itself, by a link that it signed."""


def requires(permission: str) -> Any:  # noqa: ANN401 - FastAPI's own type for a dependency is private
    """A route dependency: `dependencies=[requires("receipts.write")]`."""
    check: Callable[[Request], Coroutine[Any, Any, None]] = Requires(permission)
    return Depends(check)
