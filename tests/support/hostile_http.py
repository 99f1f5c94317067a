"""A real HTTP server over every service, and a caller who sends it whatever bytes she likes."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.runtime.health import Health
from shared.runtime.http_server import HttpServer

if TYPE_CHECKING:
    from fastapi import FastAPI

PROBLEM = "application/problem+json"
ANSWER_S_MAX = 30
_READ_BYTES = 65_536
_ENDLESS = "text/event-stream"


@dataclass(frozen=True)
class Answer:
    """What came back; status 0: the connection was closed without an answer."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def is_problem(self) -> bool:
        """Whether it is a refusal in the one shape that refusals have."""
        if not 400 <= self.status < 500 or self.headers.get("content-type") != PROBLEM:
            return False
        said = json.loads(self.text)
        return bool(said["code"]) and bool(said["detail"]) and said["status"] == self.status

    def __str__(self) -> str:
        return f"{self.status} {self.text[:300]}"


class Caller:
    """Calls a server over connections that it keeps, as long as the server does."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._port = port
        self.headers = dict(headers)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S_MAX)

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """A call as an HTTP client makes it; `body` may be anything that `http.client` sends."""
        try:
            self._connection.request(method, path, body, self.headers | dict(headers or {}))
            answer = _read(self._connection.getresponse())
        except (ConnectionError, http.client.HTTPException):
            self._connection.close()
            return Answer(0, {}, "")
        else:
            if answer.headers.get("content-type", "").startswith(_ENDLESS):
                self._connection.close()
            return answer
        finally:
            if self._connection.sock is None:
                self._connection.close()

    def write(self, sent: bytes) -> Answer:
        """The answer to these bytes, on a connection of their own."""
        with closing(socket.create_connection(("127.0.0.1", self._port), ANSWER_S_MAX)) as connection:
            try:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                # It has answered before it had everything: that answer is still to be read.
                pass
            answer = http.client.HTTPResponse(connection)
            try:
                answer.begin()
                return _read(answer)
            except (ConnectionError, http.client.HTTPException):
                return Answer(0, {}, "")

    def head(self, method: str, path: str, *more: str) -> bytes:
        """The beginning of a request: its line and headers, the caller's own and `more`."""
        own = [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: test", *own, *more, "", ""]).encode("latin-1")

    def close(self) -> None:
        self._connection.close()


@contextmanager
def serving(app: FastAPI) -> Iterator[int]:
    """The port of a server of `app` in this process."""
    server = HttpServer(app, Health(), host="127.0.0.1", port=0, ended=threading.Event())
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def _read(response: http.client.HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    if headers.get("content-type", "").startswith(_ENDLESS):
        # Its beginning is the answer; the connection is of no use for another one.
        text = response.readline().decode()
        response.close()
        return Answer(response.status, headers, text)
    return Answer(response.status, headers, response.read().decode("utf-8", "replace"))
