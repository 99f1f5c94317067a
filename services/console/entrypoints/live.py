"""One ear per process for what the consumers say, and a mailbox for each page that is open.

A page that is slow misses nothing and costs little: its mailbox holds each different piece of news once. What was said
while the connection to the database was lost is made up for by saying that everything changed.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, get_args

import orjson
import psycopg
import structlog
from pydantic import ValidationError

from services.console.application.news import CHANNEL
from services.console.entrypoints.bodies import LiveEvent, LiveTopic
from shared.database.engine import CONNECT_S_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

log = structlog.get_logger(__name__)

EVERYTHING = tuple(LiveEvent(topic=topic) for topic in get_args(LiveTopic))
RETRY_S = 1.0
"""After a lost connection, until the next try."""


class Mailbox:
    """The news of one page, each piece once, in the order in which it came first."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str | None], LiveEvent] = {}
        self._something = asyncio.Event()

    def put(self, *events: LiveEvent) -> None:
        """Adds pieces."""
        for event in events:
            self._waiting[event.topic, event.id] = event
        self._something.set()

    async def take(self, *, within_s: float) -> list[LiveEvent]:
        """What has come; nothing, if nothing comes in time."""
        try:
            async with asyncio.timeout(within_s):
                await self._something.wait()
        except TimeoutError:
            return []
        self._something.clear()
        taken = list(self._waiting.values())
        self._waiting.clear()
        return taken


class LiveFeed:
    """Listens while somebody has a page open. Lives in one event loop."""

    def __init__(self, engine: Engine) -> None:
        url = engine.url.set(drivername="postgresql")
        self._address = url.render_as_string(hide_password=False)
        self._mailboxes: set[Mailbox] = set()
        self._listening: asyncio.Task[None] | None = None
        self._hears = False
        """Whether what is said from now on arrives."""

    @contextmanager
    def subscribed(self) -> Iterator[Mailbox]:
        """A mailbox, until the block ends. It begins with everything as changed: from then on nothing is missed."""
        mailbox = Mailbox()
        self._mailboxes.add(mailbox)
        if self._hears:
            mailbox.put(*EVERYTHING)
        if self._listening is None or self._listening.done():
            self._listening = asyncio.get_running_loop().create_task(self._listen())
        try:
            yield mailbox
        finally:
            self._mailboxes.discard(mailbox)
            if not self._mailboxes and self._listening is not None:
                self._listening.cancel()
                self._listening, self._hears = None, False

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._address,
                    autocommit=True,
                    connect_timeout=CONNECT_S_MAX,
                    application_name="regulars-console-live",
                ) as connection:
                    await connection.execute(f"listen {CHANNEL}".encode())
                    self._hears = True
                    self._tell(*EVERYTHING)
                    async for news in connection.notifies():
                        self._hear(news.payload)
            except psycopg.OperationalError as error:
                log.warning("live_feed_lost", error=type(error).__name__)
            self._hears = False
            # Also after an orderly end: a server that stops closes its sessions.
            await asyncio.sleep(RETRY_S)

    def _hear(self, payload: str) -> None:
        try:
            self._tell(LiveEvent.model_validate(orjson.loads(payload)))
        except (orjson.JSONDecodeError, ValidationError):
            # Whoever may connect may say anything on the channel.
            log.warning("live_news_unreadable")

    def _tell(self, *events: LiveEvent) -> None:
        for mailbox in self._mailboxes:
            mailbox.put(*events)
