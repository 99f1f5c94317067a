"""One HTTP call that changes something: its caller, its idempotency key, its transaction, its answer.

The same key with the same body gives the stored answer; with another body it is refused. The answer is
stored in the transaction of the effect, so there is never one without the other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from shared.access.permissions import Caller, caller_of
from shared.commands.transact import transact
from shared.database.batch import fetch, run
from shared.kernel.errors import InvalidInput
from shared.kernel.ids import derived_id, new_id
from shared.kernel.messages import Cause

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

KEY_LENGTH_MAX = 255


class IdempotencyKeyReused(InvalidInput):
    """The key came before with another body."""

    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class Call:
    """The frame of one changing request."""

    caller: Caller
    route: str
    key: str | None
    request_hash: bytes
    id: UUID
    """Derived from the idempotency key if there is one, so that a retry derives the same event ids."""
    correlation_id: UUID

    def cause(self, occurred_at: datetime) -> Cause:
        """The cause of commands given by this call, at business time `occurred_at`."""
        return Cause(self.id, self.correlation_id, occurred_at, self.caller.name)

    def answer(
        self,
        engine: Engine,
        work: Callable[[Connection, bool], BaseModel | None],
        *,
        status: int = 200,
    ) -> Response:
        """Runs `work(connection, lock)` once in a transaction and answers with what it returns.

        With an idempotency key the answer is stored beside the effect; a second call with the same key waits
        for the first and gets its answer. A rejected call stores nothing: it may be tried again.
        """

        def attempt(connection: Connection, lock: bool) -> Response:
            if self.key is not None:
                stored = self._claim(connection)
                if stored is not None:
                    return stored
            result = work(connection, lock)
            body = _body(result)
            if self.key is not None:
                run(
                    connection,
                    "update idempotency_keys set status = %(status)s, answer = %(answer)b"
                    " where caller = %(caller)s and route = %(route)s and key = %(key)s",
                    {**self._names(), "status": status, "answer": body},
                )
            return _json(status, body)

        return transact(engine, attempt)

    def _claim(self, connection: Connection) -> Response | None:
        # The insert waits for a concurrent call with the same key: then its answer is there, or its
        # transaction was rolled back and this call goes first.
        claimed = run(
            connection,
            "insert into idempotency_keys (caller, route, key, request_hash)"
            " values (%(caller)s, %(route)s, %(key)s, %(hash)b) on conflict do nothing",
            {**self._names(), "hash": self.request_hash},
        )
        if claimed:
            return None
        request_hash, status, answer = fetch(
            connection,
            "select request_hash, status, answer from idempotency_keys"
            " where caller = %(caller)s and route = %(route)s and key = %(key)s",
            self._names(),
        )[0]
        if bytes(request_hash) != self.request_hash:
            msg = f"Idempotency-Key {self.key!r} came before with another body; use a new key for a new request"
            raise IdempotencyKeyReused(msg)
        return None if status is None else _json(status, bytes(answer), replayed=True)

    def _names(self) -> dict[str, object]:
        return {"caller": self.caller.name, "route": self.route, "key": self.key}


def answered(result: BaseModel) -> Response:
    """The answer to a call whose effect is committed, and which is stored nowhere."""
    return _json(200, _body(result))


def _body(result: BaseModel | None) -> bytes:
    body: bytes = b"" if result is None else result.__pydantic_serializer__.to_json(result)
    return body


def _json(status: int, body: bytes, *, replayed: bool = False) -> Response:
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    return Response(body, status_code=status, media_type="application/json", headers=headers)


async def _call(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=KEY_LENGTH_MAX,
            description="Made by the caller and kept for retries: the same key and body give the same answer.",
        ),
    ] = None,
    x_correlation_id: Annotated[UUID | None, Header(description="Carried into every event and log line.")] = None,
) -> Call:
    caller = caller_of(request)
    route = f"{request.method} {request.url.path}"
    id_ = new_id() if idempotency_key is None else derived_id(caller.name, route, idempotency_key)
    return Call(
        caller=caller,
        route=route,
        key=idempotency_key,
        request_hash=b"" if idempotency_key is None else hashlib.sha256(await request.body()).digest(),
        id=id_,
        correlation_id=x_correlation_id or id_,
    )


CallDep = Annotated[Call, Depends(_call)]
"""Declare a parameter `call: CallDep` in every route that changes something."""


async def _caller(request: Request) -> Caller:
    return caller_of(request)


CallerDep = Annotated[Caller, Depends(_caller)]
"""Declare a parameter `caller: CallerDep` in every route that shows something: by it goes what is shown."""
