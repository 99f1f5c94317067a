"""The many other channels, by Apprise's URLs: gateways for SMS, WeCom, DingTalk and more. An optional dependency.

Apprise says yes or no, and not why: after a no it may have timed out while the provider took the message. So a no is
unknown here, and somebody finds out.
"""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from services.notifications.application.ports import Accepted, Delivered, Refused, Unknown
from shared.runtime.settings import WrongSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.notifications.application.ports import Delivery, Line

PLACE = "{address}"


class AppriseProvider:
    """Sends by one URL, in which `{address}` stands for the member's. See `application.ports.Provider`."""

    def __init__(self, url: str) -> None:
        self._url = url
        try:
            # Loads a hundred plugins: only who uses it pays for it.
            self._library: Any = importlib.import_module("apprise")
        except ImportError:
            msg = "REGULARS_NOTIFICATIONS_APPRISE is set, and Apprise is not installed; install regulars[apprise]"
            raise WrongSettings(msg) from None

    @contextmanager
    def open(self) -> Iterator[Line]:
        yield self

    def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Delivered]:
        """See `application.ports.Line`."""
        return [self._one(delivery) for delivery in deliveries]

    def _one(self, delivery: Delivery) -> Delivered:
        sender = self._library.Apprise()
        if not sender.add(self._url.replace(PLACE, quote(delivery.address, safe=""))):
            return Refused("Apprise does not understand the URL with this address", passing=False)
        taken = sender.notify(body=delivery.content.text, title=delivery.content.subject or "", body_format="text")
        return Accepted() if taken else Unknown("Apprise says no, and not why")
