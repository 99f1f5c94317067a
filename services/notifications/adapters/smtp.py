"""E-mail over SMTP: a few connections, each for many messages.

A message is certainly not taken before its text was sent, and when the server says no after it. If the line breaks in
between, or nothing is answered, nobody knows.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING, Literal

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from services.notifications.adapters.mail import AddressUnusable, build
from services.notifications.application.ports import Accepted, Delivered, Refused, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.notifications.application.ports import Delivery, Line

PERMANENT = 500
# What a line to a server may break with. Its text could quote an address, so only its kind is told.
_BROKEN = (SMTPException, OSError, TimeoutError, asyncio.IncompleteReadError)
_REFUSED_BEFORE = "no connection to the mail server"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in."""

    host: str
    port: int
    sender: str
    """Written like `Regulars <shop@example.com>`."""
    tls: Literal["none", "starttls", "tls"] = "starttls"
    user: str | None = None
    password: str | None = None
    connections: int = 4
    timeout_s: float = 30.0

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port})"


class SmtpProvider:
    """Carries e-mail. See `application.ports.Provider`."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    @contextmanager
    def open(self) -> Iterator[Line]:
        with asyncio.Runner() as runner:
            line = SmtpLine(self._server, runner)
            try:
                yield line
            finally:
                runner.run(line.close())


class SmtpLine:
    """Connections that stay open from one batch to the next. Used by one thread."""

    def __init__(self, server: MailServer, runner: asyncio.Runner) -> None:
        self._server = server
        self._runner = runner
        self._envelope = parseaddr(server.sender)[1]
        self._idle: list[SMTP] = []

    def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Delivered]:
        return self._runner.run(self._deliver(deliveries))

    async def close(self) -> None:
        """Says goodbye; a server that is gone does not have to answer."""
        while self._idle:
            with suppress(*_BROKEN):
                await self._idle.pop().quit(timeout=2)

    async def _deliver(self, deliveries: Sequence[Delivery]) -> list[Delivered]:
        outcomes: list[Delivered] = [Refused(_REFUSED_BEFORE, passing=True)] * len(deliveries)
        waiting = iter(enumerate(deliveries))

        async def work() -> None:
            connection = self._idle.pop() if self._idle else None
            # Shared by all workers: each message is taken once.
            for place, delivery in waiting:
                connection, outcomes[place] = await self._one(connection, delivery)
                if connection is None and outcomes[place] == Refused(_REFUSED_BEFORE, passing=True):
                    # The server is away: the others are not tried one timeout after the other.
                    return
            if connection is not None:
                self._idle.append(connection)

        await asyncio.gather(*(work() for _ in range(min(self._server.connections, len(deliveries)))))
        return outcomes

    async def _one(self, connection: SMTP | None, delivery: Delivery) -> tuple[SMTP | None, Delivered]:  # noqa: PLR0911 - one way out per step of the dialogue
        """The connection that can be used further, and the outcome."""
        try:
            mail = build(delivery, self._server.sender)
        except AddressUnusable:
            return connection, Refused("the address cannot be used for e-mail", passing=False)
        used_before = connection is not None
        while True:
            try:
                connection = connection or await self._connect()
                await connection.mail(self._envelope)
                await connection.rcpt(delivery.address)
                break
            except SMTPResponseException as said:
                return await self._go_on(connection), _refusal(said)
            except ValueError:
                return await self._go_on(connection), Refused("the address cannot be used for e-mail", passing=False)
            except _BROKEN:
                if connection is not None:
                    connection.close()
                connection = None
                if not used_before:
                    return None, Refused(_REFUSED_BEFORE, passing=True)
                # It had gone stale while it was idle. Nothing of this message was sent, so a new one may be tried.
                used_before = False
        try:
            await connection.data(mail)
        except SMTPResponseException as said:
            return await self._go_on(connection), _refusal(said)
        except _BROKEN as broken:
            connection.close()
            return None, Unknown(f"the mail server did not answer after the message: {type(broken).__name__}")
        return connection, Accepted()

    async def _connect(self) -> SMTP:
        server = self._server
        connection = SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.timeout_s,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            username=server.user,
            password=server.password,
        )
        try:
            await connection.connect()
        except SMTPResponseException:
            # Also a wrong password: the server's trouble or ours, never the message's.
            raise OSError(_REFUSED_BEFORE) from None
        return connection

    async def _go_on(self, connection: SMTP | None) -> SMTP | None:
        """The connection, ready for the next message; None if it is not."""
        if connection is None:
            return None
        try:
            await connection.rset()
        except _BROKEN:
            connection.close()
            return None
        return connection


def _refusal(said: SMTPResponseException) -> Refused:
    return Refused(f"the mail server said {said.code}", passing=said.code < PERMANENT)
