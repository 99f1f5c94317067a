"""An e-mail as it goes out: multipart, with the headers by which mailboxes unsubscribe in one click (RFC 8058)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage, Message
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.notifications.application.ports import Delivery


class _Plain(UnstructuredHeader, BaseHeader):
    """A header on one line, as it is.

    A link is longer than a line should be and has no space to break it at, so the library would write it in encoded
    words; and those no mailbox decodes here, which then shows no button (RFC 2369).
    """

    def fold(self, *, policy: Policy[Message]) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("List-Unsubscribe", _Plain)
# Seven bits: no relay on the way has to understand more.
_POLICY = SMTP.clone(cte_type="7bit", header_factory=_HEADERS)


class AddressUnusable(ValueError):
    """Nothing can be sent to what the vault gave; it is not repeated here."""


def build(delivery: Delivery, sender: str) -> bytes:
    """The message. `sender` is written like `Regulars <shop@example.com>`. Raises `AddressUnusable`.

    The same message has the same `Message-ID`, so that a mailbox that got it twice all the same shows it once.
    """
    name, address = parseaddr(sender)
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(display_name=name, addr_spec=address)
    mail["To"] = _recipient(delivery.address)
    mail["Subject"] = delivery.content.subject or ""
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{delivery.message_id}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    if delivery.unsubscribe_url is not None:
        mail["List-Unsubscribe"] = f"<{delivery.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(delivery.content.text)
    if delivery.content.html is not None:
        mail.add_alternative(delivery.content.html, subtype="html")
    # Behind the content, which brings its own headers and takes those that were there.
    mail["Content-Language"] = delivery.content.language
    return mail.as_bytes()


def _recipient(address: str) -> Address:
    # One address and nothing else: a comma would make two of it, a line break a header.
    try:
        return Address(addr_spec=address)
    except Exception:  # noqa: BLE001 - the parser raises whatever it stumbles over, and quotes it
        raise AddressUnusable from None
