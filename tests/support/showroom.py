"""A chain with a year behind it, as `regulars demo` leaves it: for tests that open its page."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.calling import Caller
from services.local import issuer_folder, running_note
from shared.access.issuer import BuiltInIssuer, Grant
from shared.access.users import Users
from shared.database.batch import fetch
from shared.database.engine import connect
from shared.messaging.log_postgres import PostgresLog
from shared.runtime.moving_clock import read_moment
from shared.testing.waiting import until
from tests.support.demo import REGULARS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Engine

    from shared.contracts.envelope import Outgoing

LIMIT = 1_200
READY_S_MAX = 800
STOPPED_S_MAX = 60
READY = "Try: curl"
"""The last that a demo says before it serves."""
RUNNING = "REGULARS_SHOWROOM"
"""Folder of a demo that runs already, for whoever writes a test and does not want to wait for one of her own."""


@dataclass(frozen=True)
class Showroom:
    """A running demo."""

    folder: Path
    _callers: dict[str, Caller] = field(default_factory=dict)

    @cached_property
    def _note(self) -> dict[str, Any]:
        note = running_note(self.folder)
        assert note is not None, f"no system runs in {self.folder}"
        return note

    @property
    def address(self) -> str:
        """Where the page is."""
        return str(self._note["addresses"]["console"])

    @property
    def users(self) -> Users:
        """Who can sign in."""
        return Users(issuer_folder(self.folder))

    @property
    def now(self) -> datetime:
        """The moment at which the chain's business clock stands."""
        return read_moment(Path(self._note["environment"]["REGULARS_STORES_BUSINESS_TIME_FILE"]))

    @cached_property
    def store(self) -> str:
        """The store of the demo's clerk."""
        (clerk,) = (user for user in self.users.all() if user.name == "clerk")
        assert clerk.stores
        return clerk.stores[0]

    def token(self, name: str, minutes: int = 60) -> str:
        """Of somebody who can sign in."""
        (user,) = (user for user in self.users.all() if user.name == name)
        return self._issuer.token(user.grant(), minutes=minutes)

    def caller(self, name: str) -> Caller:
        """The APIs, as somebody who can sign in."""
        if name not in self._callers:
            self._callers[name] = Caller(self._note["addresses"], self.token(name))
        return self._callers[name]

    def till(self, store: str) -> Caller:
        """The APIs, as a till of a store; the demo's stores have one each."""
        device = f"{store}/1"
        if device not in self._callers:
            grant = Grant(device, ["till"], stores=[store], device=device)
            self._callers[device] = Caller(self._note["addresses"], self._issuer.token(grant, minutes=60))
        return self._callers[device]

    def close(self) -> None:
        """Nobody calls any more."""
        for caller in self._callers.values():
            caller._client.close()

    def audited(self, service: str, subject: str) -> list[dict[str, Any]]:
        """What a service's audit log says of somebody, the oldest first."""
        rows = "select actor, action, details from audit_log where subject = %(subject)s order by number"
        with self._engine(service) as engine, engine.connect() as connection:
            found = fetch(connection, rows, {"subject": subject})
        return [{"actor": actor, "action": action, "details": details} for actor, action, details in found]

    def publish(self, record: Outgoing) -> None:
        """Writes to the event log itself, past every service: what nobody should have written."""
        with self._engine("log") as engine:
            assert not PostgresLog(engine).publish([record])

    @contextmanager
    def _engine(self, schema: str) -> Iterator[Engine]:
        url = self._note["environment"][f"REGULARS_{schema.upper()}_DATABASE_URL"]
        engine = connect(url, schema=schema, pool_size=1)
        yield engine
        engine.dispose()

    @property
    def _issuer(self) -> BuiltInIssuer:
        return BuiltInIssuer(issuer_folder(self.folder))


@contextmanager
def opened(folder: Path) -> Iterator[Showroom]:
    """The demo's year and the story of a campaign, played in `folder`; ends with the block."""
    with nullcontext(Path(running)) if (running := os.environ.get(RUNNING)) else _demo(folder) as data:
        showroom = Showroom(data)
        try:
            yield showroom
        finally:
            showroom.close()


@contextmanager
def _demo(folder: Path) -> Iterator[Path]:
    data, log = folder / "data", folder / "demo.log"
    with log.open("wb") as output:
        command = [*REGULARS, "demo", "--limit", str(LIMIT), "--data-dir", str(data)]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "140"}
        demo = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        until(lambda: READY in log.read_text() or demo.poll() is not None, timeout_s=READY_S_MAX, what="the demo")
        assert READY in log.read_text(), log.read_text()
        yield data
    finally:
        demo.terminate()
        try:
            demo.wait(STOPPED_S_MAX)
        finally:
            demo.kill()
