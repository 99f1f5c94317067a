"""Links by which members unsubscribe: signed, for ever good, and without anything personal in them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, get_args
from uuid import UUID

from services.notifications.domain.values import Channel
from shared.kernel.errors import NotFound

if TYPE_CHECKING:
    from typing import Final

_CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
"""Their order is in every link that was ever sent: new ones go to the end."""
_MAC_BYTES = 16
_LENGTH = 16 + 1 + _MAC_BYTES
PATH = "/api/notifications/v1/unsubscribe/"


class LinkInvalid(NotFound):
    """The token in a link is not one of ours, or was cut off on the way."""

    code = "unsubscribe_link_invalid"


class UnsubscribeLinks:
    """Makes links and reads them. A token is a message's id and its channel, with a MAC (HMAC-SHA256, 128 bits)."""

    def __init__(self, key: bytes, public_url: str) -> None:
        self._key = key
        self._base = public_url.rstrip("/") + PATH

    def url(self, message_id: UUID, channel: Channel) -> str:
        """Where the member unsubscribes from `channel`."""
        said = message_id.bytes + bytes([_CHANNELS.index(channel)])
        return self._base + base64.urlsafe_b64encode(said + self._mac(said)).decode()

    def read(self, token: str) -> tuple[UUID, Channel]:
        """The message and the channel. Raises `LinkInvalid`."""
        try:
            raw = base64.urlsafe_b64decode(token.encode("ascii"))
        except (binascii.Error, UnicodeEncodeError):
            raw = b""
        # One message has one token: the decoder passes over padding and signs that it does not know.
        if base64.urlsafe_b64encode(raw).decode() != token:
            raw = b""
        said, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if len(raw) != _LENGTH or not hmac.compare_digest(mac, self._mac(said)) or said[16] >= len(_CHANNELS):
            msg = "the link is not complete; copy it whole from the message, or ask in your store"
            raise LinkInvalid(msg)
        return UUID(bytes=said[:16]), _CHANNELS[said[16]]

    def _mac(self, said: bytes) -> bytes:
        return hmac.new(self._key, b"unsubscribe\0" + said, hashlib.sha256).digest()[:_MAC_BYTES]
