"""Who is calling, and the permission that every route declares.

Until sign-in exists, a process serves the loopback interface only and its caller is the local operator,
who may do everything; `shared.runtime.http` refuses any other address. Routes already declare what they need, and the
test suite fails for one that does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import Depends, Request

from shared.kernel.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable


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


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody or something that calls. `permissions` is None for the local operator: everything."""

    name: str
    permissions: frozenset[str] | None = None
    scope: Scope = WHOLE_CHAIN

    def may(self, permission: str) -> bool:
        """Whether the caller holds `permission`."""
        return self.permissions is None or permission in self.permissions


LOCAL_OPERATOR = Caller("local-operator")


def caller_of(_request: Request) -> Caller:
    """The caller of a request on loopback."""
    return LOCAL_OPERATOR


class Requires:
    """The check that a route declares; the architecture test looks for it on every route."""

    def __init__(self, permission: str) -> None:
        self.permission = permission

    def __call__(self, request: Request) -> None:
        caller = caller_of(request)
        if not caller.may(self.permission):
            msg = f"{caller.name} may not do this; it needs the permission {self.permission}"
            raise PermissionDenied(msg, permission=self.permission)


def requires(permission: str) -> Any:  # noqa: ANN401 - FastAPI's own type for a dependency is private
    """A route dependency: `dependencies=[requires("receipts.write")]`."""
    check: Callable[[Request], None] = Requires(permission)
    return Depends(check)
