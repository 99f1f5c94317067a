"""The members' mail server: what it accepted is kept, once and as it came, and can be read."""

from __future__ import annotations

import smtplib
import socket
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from services.story.inbox import Inbox

if TYPE_CHECKING:
    from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mail(number: int, subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "shop@example.com"
    message["To"] = f"household-{number}@members.example"
    message["Subject"] = subject
    message["List-Unsubscribe"] = "<mailto:no@example.com>, <http://127.0.0.1:8080/unsubscribe/abc>"
    message.set_content(f"{subject}! Offer {number}\n")
    message.add_alternative(f"<p>Offer {number}</p>", subtype="html")
    return message


def test_mails_are_kept_in_order_and_read_in_their_language(tmp_path: Path) -> None:
    inbox, port = Inbox(tmp_path), free_port()
    sent = [mail(1, "欢迎回来"), mail(2, "Welcome back")]
    with inbox.open(port), smtplib.SMTP("127.0.0.1", port) as client:
        for message in sent:
            client.send_message(message)
    kept = inbox.mails()
    assert [(m.to, m.subject, m.language) for m in kept] == [
        ("household-1@members.example", "欢迎回来", "zh-CN"),
        ("household-2@members.example", "Welcome back", "en"),
    ]
    assert [m.text.strip() for m in kept] == ["欢迎回来! Offer 1", "Welcome back! Offer 2"]
    assert {m.unsubscribe_link for m in kept} == {"http://127.0.0.1:8080/unsubscribe/abc"}


def test_it_takes_mail_only_while_it_is_open_and_goes_on_where_it_was(tmp_path: Path) -> None:
    inbox, port = Inbox(tmp_path), free_port()
    for number in (1, 2):
        with inbox.open(port), smtplib.SMTP("127.0.0.1", port) as client:
            client.send_message(mail(number, "Hello"))
    with pytest.raises(OSError, match="refused"):
        smtplib.SMTP("127.0.0.1", port)
    assert len(inbox.mails()) == 2
