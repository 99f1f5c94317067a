"""The door of a process: no request comes in without a caller, but to the few paths that are open to everybody.

It stands before any body is read and any route is looked for, so whoever is not let in learns nothing: not even
which paths exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from shared.access import problems
from shared.access.errors import TokenInvalid, TokenMissing
from shared.access.permissions import remember
from shared.kernel.errors import RegularsError

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

    from shared.access.permissions import Caller
    from shared.access.tokens import Verifier


class Authentication:
    """Lets in who shows a token that `verifier` believes, and everybody to `open_to_all` and what is `open_below`.

    Whatever does not begin with `closed_below` is open too.
    """

    def __init__(
        self,
        app: ASGIApp,
        verifier: Verifier,
        open_to_all: Collection[str],
        open_below: tuple[str, ...] = (),
        closed_below: str = "/",
    ) -> None:
        self._app = app
        self._verifier = verifier
        self._open = frozenset(open_to_all)
        self._open_below = open_below
        self._closed_below = closed_below

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_open(scope["path"]):
            try:
                remember(scope, await self._caller(scope))
            except RegularsError as error:
                await problems.from_error(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        if not path.startswith(self._closed_below):
            return True
        # A path that climbs is compared as it was sent: no route below an open one begins with dots.
        return path in self._open or (path.startswith(self._open_below) and "/." not in path)

    async def _caller(self, scope: Scope) -> Caller:
        token = bearer_token(scope)
        caller = self._verifier.known(token)
        if caller is None:
            # Checking a signature takes a moment, and fetching keys takes longer: other requests go on meanwhile.
            caller = await run_in_threadpool(self._verifier.verify, token)
        return caller


def bearer_token(scope: Scope) -> str:
    """The token of a request's one `Authorization: Bearer` header (RFC 6750 §2.1)."""
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(values) > 1:
        raise TokenInvalid("there are several Authorization headers")
    scheme, _, token = values[0].decode("latin-1").partition(" ") if values else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenMissing
    return token.strip()
