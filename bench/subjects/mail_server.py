"""A mail server that takes every mail at once, and writes a byte to a file for each, so that others can count.

python -m bench.subjects.mail_server PORT FILE
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller

from bench.subjects.telling import tell

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session


class Counting:
    """What the server asks about a mail."""

    def __init__(self, file: Path) -> None:
        self._count = file.open("ab", buffering=0)

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - the server's hook
        """Counts before it says so."""
        self._count.write(b".")
        return "250 taken"


def main() -> None:
    """Serves until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    server = Controller(Counting(Path(sys.argv[2])), hostname="127.0.0.1", port=int(sys.argv[1]))
    server.start()
    tell("ready")
    stop.wait()
    server.stop()


if __name__ == "__main__":
    main()
