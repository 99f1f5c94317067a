"""Who plays: each person with a token of her own role, each till with its device's. Nobody may do everything."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from services.calling import Caller
from shared.access.issuer import BuiltInIssuer, Grant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MINUTES = 6 * 60


@dataclass
class People:
    """Signs people in at the built-in issuer in `issuer_folder`."""

    addresses: Mapping[str, str]
    issuer_folder: Path

    @cached_property
    def marketer(self) -> Caller:
        """Asks, writes, submits. She may also approve: what others wrote."""
        return self._sign_in("story-marketer", "marketer", "approver")

    @cached_property
    def approver(self) -> Caller:
        """Headquarters: looks at what the marketer wrote, and says yes."""
        return self._sign_in("story-approver", "approver")

    @cached_property
    def desk(self) -> Caller:
        """The service desk: notes addresses, consents and complaints, and tells a member what happened."""
        return self._sign_in("story-service-desk", "service_desk")

    @cached_property
    def operator(self) -> Caller:
        """Opens the story's stores, and lets a day begin."""
        return self._sign_in("story-operator", "operator")

    def till(self, store: str, till: str) -> Caller:
        """A till; its token is its device's."""
        device = f"{store}/{till}"
        return self._caller(Grant(device, ["till"], stores=[store], device=device))

    def _sign_in(self, subject: str, *roles: str) -> Caller:
        return self._caller(Grant(subject, roles))

    def _caller(self, grant: Grant) -> Caller:
        return Caller(self.addresses, BuiltInIssuer(self.issuer_folder).token(grant, minutes=MINUTES))
