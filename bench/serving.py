"""The API of one service as a small chain runs it: one process, and the tokens of those who call it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

from bench.processes import Subject
from bench.servers import log_environment
from services.local import free_port
from shared.access.issuer import BuiltInIssuer, Grant
from shared.testing.waiting import until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack
    from pathlib import Path

    from bench.servers import Database, Servers
    from shared.messaging.kafka_settings import KafkaSettings

TOKEN_MINUTES = 240


class Serving:
    """Processes of `service` over one issuer, on the log `topics`; without it nothing but an API can be served."""

    def __init__(
        self,
        servers: Servers,
        service: str,
        topics: KafkaSettings | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._servers, self._service, self._topics, self._settings = servers, service, topics, settings or {}
        self._issuer = servers.folder / "issuer"

    def token(self, name: str, *roles: str, **claims: object) -> str:
        """For somebody of this name."""
        grant = Grant(name, roles or (name,), **claims)  # type: ignore[arg-type] # a claim's type is its own
        return BuiltInIssuer(self._issuer).token(grant, minutes=TOKEN_MINUTES)

    def environment(self, database: Database) -> dict[str, str]:
        """The settings of its processes."""
        return (
            database.environment(self._service, self._servers.folder)
            | (log_environment(self._topics) if self._topics else {})
            | {"REGULARS_ACCESS_BUILT_IN_DIR": str(self._issuer)}
            | dict(self._settings)
        )

    def api(self, parts: ExitStack, database: Database) -> int:
        """Its API, until `parts` close; the port."""
        port = free_port()
        self.start(parts, database, "api", port)
        return port

    def start(self, parts: ExitStack, database: Database, roles: str, port: int) -> Subject:
        """A process with these roles, which is ready when this returns."""
        arguments = ["services.cli", "serve", self._service, "--role", roles, "--port", port]
        log = self._servers.folder / f"{database.name}-{self._service}-{roles}.log"
        subject = parts.enter_context(Subject(arguments, log, self.environment(database)))
        until(lambda: _ready(port, subject), timeout_s=60, what=f"{self._service} {roles}")
        return subject

    def nothing(self, parts: ExitStack) -> int:
        """A FastAPI on the same server that does nothing; the port."""
        port = free_port()
        subject = parts.enter_context(
            Subject(["bench.subjects.nothing", port], self._servers.folder / f"nothing-{port}.log")
        )
        until(lambda: any(subject.said("ready")), timeout_s=60, what="the server")
        return port


def told(folder: Path, name: str, *lines: str) -> Path:
    """A file with what callers need to know: a token and whatever else, a line each."""
    file = folder / name
    file.write_text("\n".join(lines))
    return file


def _ready(port: int, subject: Subject) -> bool:
    subject.check()
    try:
        return bool(httpx2.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).is_success)
    except httpx2.TransportError:
        return False
