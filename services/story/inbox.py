"""The members' mail: a small SMTP server on this machine, which keeps what it is given in a folder and shows it."""

from __future__ import annotations

import email
import email.policy
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from aiosmtpd.smtp import SMTP, Envelope, Session
    from rich.console import Console

FOLDER = "inbox"
HOST = "127.0.0.1"
ACCEPTED = "250 OK"
_CHINESE = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Mail:
    """One message, as it came."""

    name: str
    message: EmailMessage

    @classmethod
    def read(cls, path: Path) -> Self:
        """From its file."""
        return cls(path.stem, email.message_from_bytes(path.read_bytes(), policy=email.policy.default))

    @property
    def to(self) -> str:
        """Whom it is for."""
        return str(self.message["To"])

    @property
    def subject(self) -> str:
        """Its subject, decoded."""
        return str(self.message["Subject"])

    @property
    def language(self) -> str:
        """In which of the two languages it is written, by what a reader sees: not by what a header says of it."""
        return "zh-CN" if _CHINESE.search(self.subject + self.text) else "en"

    @property
    def text(self) -> str:
        """Its plain text."""
        part = self.message.get_body(("plain", "html"))
        return str(part.get_content()) if part is not None else ""

    @property
    def unsubscribe_link(self) -> str | None:
        """Where `List-Unsubscribe` leads (RFC 8058), if it does."""
        links = [part.strip(" <>") for part in str(self.message["List-Unsubscribe"] or "").split(",")]
        return next((link for link in links if link.startswith("http")), None)


class Inbox:
    """Every mail of a data folder. A handler of aiosmtpd: it accepts everything."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Keeps one mail, and only then says that it has it."""
        content = envelope.content or b""
        name = f"{len(list(self._folder.iterdir())) + 1:06}"
        draft = self._folder / f".{name}"
        draft.write_bytes(content if isinstance(content, bytes) else content.encode())
        draft.replace(self._folder / f"{name}.eml")
        return ACCEPTED

    @contextmanager
    def open(self, port: int) -> Iterator[None]:
        """Takes mail on this machine's `port` meanwhile."""
        self._folder.mkdir(parents=True, exist_ok=True)
        server = Controller(self, hostname=HOST, port=port, data_size_limit=None)
        server.start()
        try:
            yield
        finally:
            server.stop()

    def mails(self) -> list[Mail]:
        """All that ever came, the oldest first."""
        return [Mail.read(path) for path in sorted(self._folder.glob("*.eml"))]


def show_inbox(console: Console, data_dir: Path, last: int) -> None:
    """Prints the newest mails as a member would read them."""
    mails = Inbox(data_dir).mails()
    if not mails:
        console.print(f"No mail yet in {data_dir / FOLDER}; play the story first: regulars story")
    for mail in mails[-last:]:
        console.rule(f"{mail.name}  {mail.to}", align="left")
        console.print(f"[bold]{mail.subject}[/]", highlight=False)
        console.print(mail.text.strip(), highlight=False, markup=False)
    if mails:
        console.print(f"\n{len(mails):,} mails in {data_dir / FOLDER}, the last {min(last, len(mails))} shown.")
