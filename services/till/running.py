"""Puts the gateway together and runs it: once over some files, or for good over a folder."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from services.till.gateway import REJECTS, Gateway, describe, names_beside
from services.till.reading import ReceiptReader
from services.till.sending import Sender, sole_sender
from services.till.spool import Spool
from shared.identity.keys import load_key
from shared.identity.tokeniser import Tokeniser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from services.till.settings import TillSettings
    from services.till.spool import SpoolState
    from shared.messaging.kafka_settings import KafkaSettings

log = structlog.get_logger(__name__)

LOOK_S = 1.0
STANDARD_INPUT = Path("-")


class AlreadyRunningError(RuntimeError):
    """Another process sends from this spool."""


class Till:
    """One till of one store, as its commands work on it."""

    def __init__(self, settings: TillSettings, kafka: KafkaSettings, store: str, till: str) -> None:
        self._settings = settings
        self._kafka = kafka
        self.spool_file = settings.spool_file(store, till)
        self._names = (store, till)

    def take(self, files: Sequence[Path], report: Callable[[str], None]) -> int:
        """Spools the receipts in `files` and returns how many lines were set aside. Raises `SpoolFullError`."""
        aside = 0
        with self._spool() as spool:
            gateway = self._gateway(spool)
            for file in files:
                if file == STANDARD_INPUT:
                    rejects = Path(f"stdin{REJECTS}")
                    taken = gateway.take(sys.stdin.buffer, rejects)
                else:
                    rejects, _ = names_beside(file)
                    with file.open("rb") as stream:
                        taken = gateway.take(stream, rejects)
                report(f"{file}: {describe(taken, rejects)}")
                aside += taken.set_aside
        return aside

    def send(self, within_s: float) -> int:
        """Sends what waits, for at most so long; how many still wait. Leaves it to `run` if that is at work."""
        with self._spool() as spool, sole_sender(self.spool_file) as alone:
            if alone:
                self._sender(spool).run(threading.Event(), until_empty=True, within_s=within_s)
            return spool.state().waiting

    def run(self, folder: Path, stop: threading.Event, report: Callable[[str], None]) -> bool:
        """Takes what is dropped into `folder` and sends it until `stop` is set; False when sending broke down.

        Raises `AlreadyRunningError`.
        """
        broken = threading.Event()

        def keep_sending() -> None:
            try:
                # Of its own: a connection to SQLite belongs to one thread.
                with self._spool() as spool:
                    self._sender(spool).run(stop)
            except Exception:
                log.exception("sender_failed")
                broken.set()
                stop.set()

        with self._spool() as spool, sole_sender(self.spool_file) as alone:
            if not alone:
                raise AlreadyRunningError
            gateway = self._gateway(spool)
            sending = threading.Thread(target=keep_sending, name="sender")
            sending.start()
            try:
                while not stop.is_set():
                    gateway.take_folder(folder, report)
                    stop.wait(LOOK_S)
            finally:
                stop.set()
                sending.join()
        return not broken.is_set()

    def state(self) -> SpoolState:
        """How the spool stands."""
        with self._spool() as spool:
            return spool.state()

    @contextmanager
    def _spool(self) -> Iterator[Spool]:
        spool = Spool(self.spool_file, self._settings.spool_mib_max)
        try:
            yield spool
        finally:
            spool.close()

    def _gateway(self, spool: Spool) -> Gateway:
        tokeniser = Tokeniser(load_key(self._settings.member_token_key_file), self._settings.phone_region)
        return Gateway(ReceiptReader(*self._names, tokeniser), spool)

    def _sender(self, spool: Spool) -> Sender:
        return Sender(spool, self._kafka, self._settings.answer_s_max)
