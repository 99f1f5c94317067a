"""A real mail server whose behaviour a test chooses, and the inbox that it fills."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any, Literal, cast

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from email.message import EmailMessage

Behaviour = Literal["accept", "refuse", "refuse_address", "busy", "hang", "drop", "slow", "late"]
SLOW_S = 0.2
LATE_S = 4.0
"""Longer than tests let anybody wait for an answer."""


@dataclass
class Mailbox:
    """What arrives. `behaviour` holds for everything, `of` for single addresses."""

    behaviour: Behaviour = "accept"
    of: dict[str, Behaviour] = field(default_factory=dict)
    received: list[EmailMessage] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def to(self, address: str) -> list[EmailMessage]:
        """What one address got."""
        return [mail for mail in self.received if mail["To"] == address]

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: Any) -> Any:  # noqa: ARG002, N802 - the server's hook
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: ARG002, N802 - the server's hook
        behaviour = self.of.get(address, self.behaviour)
        if behaviour == "refuse_address":
            return "550 nobody here"
        if behaviour == "busy":
            return "451 later"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802 - the server's hook
        behaviour = self.of.get(envelope.rcpt_tos[0], self.behaviour)
        if behaviour == "refuse":
            return "554 no"
        if behaviour == "drop":
            server.transport.abort()
            return "250 nobody hears this"
        self.received.append(cast("EmailMessage", message_from_bytes(envelope.content, policy=default)))
        if behaviour == "hang":
            # It took the message, and never says so.
            await asyncio.Event().wait()
        if behaviour == "slow":
            await asyncio.sleep(SLOW_S)
        if behaviour == "late":
            await asyncio.sleep(LATE_S)
        return "250 ok"


class MailServer(Controller):
    """The server in a thread of its own, on a free port."""

    def __init__(self, mailbox: Mailbox, *, port: int = 0) -> None:
        super().__init__(mailbox, hostname="127.0.0.1", port=port)

    def _trigger_server(self) -> None:
        # The library asks port 0 for a first connection; the port is known only by now.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
