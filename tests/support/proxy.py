"""A proxy before PostgreSQL that knows where a COMMIT goes out: it can lose its answer, or cut before it arrives.

Listens on a TCP port and speaks to the server's socket; reads just enough of the protocol
(https://www.postgresql.org/docs/current/protocol-message-formats.html) to tell statements apart.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

Fault = Literal["answer lost", "cut before", "answer late"]
CHUNK_BYTES = 65_536


@dataclass
class Planned:
    """A fault that waits for the next COMMIT of a transaction in which `said` was said, and `unsaid` was not."""

    said: bytes
    unsaid: bytes | None
    fault: Fault
    happened: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    """For an answer that is late: set when it may arrive."""


class Proxy:
    """Use as a context manager. Faults happen once each, in any connection."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._planned: list[Planned] = []
        self._lock = threading.Lock()
        self._open: set[_Link] = set()

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(self._listener.getsockname()[1])

    def url(self, role: str, database: str) -> str:
        """The URL by which `role` connects to `database` through it."""
        return f"postgresql+psycopg://{role}@127.0.0.1:{self.port}/{database}?sslmode=disable&gssencmode=disable"

    def plan(self, fault: Fault, said: str, *, unsaid: str | None = None) -> Planned:
        """Plans `fault` for the next COMMIT of a transaction that said `said` in a statement, and not `unsaid`."""
        planned = Planned(said.encode(), unsaid.encode() if unsaid else None, fault)
        with self._lock:
            self._planned.append(planned)
        return planned

    def cut_all(self) -> None:
        """Ends every connection that is open now."""
        with self._lock:
            links = list(self._open)
        for link in links:
            link.close()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            # Closing alone does not wake a thread that waits in accept.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for planned in self._planned:
            planned.release.set()
        self.cut_all()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(str(self._server))
                except OSError:
                    client.close()
                    continue
                link = _Link(self, client, server)
                with self._lock:
                    self._open.add(link)
                threading.Thread(target=link.run, name="link", daemon=True).start()

    def gone(self, link: _Link) -> None:
        """A connection has ended."""
        with self._lock:
            self._open.discard(link)

    def due(self, said: bytes) -> Planned | None:
        """The fault for a transaction in which all of this was said, if one is planned. It is not planned any more."""
        with self._lock:
            for planned in self._planned:
                if planned.said in said and (planned.unsaid is None or planned.unsaid not in said):
                    self._planned.remove(planned)
                    return planned
        return None


class _Link:
    """One connection: forwards both ways, in one thread."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._said = b""
        self._unread = b""
        self._begun = False

    def run(self) -> None:
        with suppress(OSError):
            while True:
                ready, _, _ = select.select([self._client, self._server], [], [])
                if self._server in ready:
                    self._client.sendall(_received(self._server))
                if self._client in ready and not self._forward(_received(self._client)):
                    break
        self.close()

    def close(self) -> None:
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._proxy.gone(self)

    def _forward(self, data: bytes) -> bool:
        """Whether the connection goes on."""
        planned = None
        for message in self._messages(data):
            if message[:1] not in {b"Q", b"P"}:
                continue
            statement = message[5:]
            if b"COMMIT" in statement:
                planned = self._proxy.due(self._said) or planned
                self._said = b""
            elif b"ROLLBACK" in statement or b"BEGIN" in statement:
                self._said = b""
            else:
                self._said += statement
        if planned is None:
            self._server.sendall(data)
            return True
        if planned.fault == "cut before":
            planned.happened.set()
            return False
        self._server.sendall(data)
        answer = b""
        while b"COMMIT\x00" not in answer:
            # From here on it is committed, and nobody but the server and we know.
            answer += _received(self._server)
        planned.happened.set()
        if planned.fault == "answer lost":
            return False
        planned.release.wait()
        self._client.sendall(answer)
        return True

    def _messages(self, data: bytes) -> Iterator[bytes]:
        """Whole messages of the client; the first of a connection has no type and is passed over."""
        self._unread += data
        while True:
            head = 1 if self._begun else 0
            if len(self._unread) < head + 4:
                return
            length = head + struct.unpack_from("!I", self._unread, head)[0]
            if len(self._unread) < length:
                return
            message, self._unread = self._unread[:length], self._unread[length:]
            if self._begun:
                yield message
            self._begun = True


def _received(end: socket.socket) -> bytes:
    data = end.recv(CHUNK_BYTES)
    if not data:
        raise ConnectionResetError
    return data
