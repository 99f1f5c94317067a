"""Registering people, one or a thousand: each stands alone, and a few statements write them all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from services.customers.application.commands import consent_entry, stream_of
from services.customers.application.ports import Newcomer
from services.customers.domain.customer.commands import RegisterCustomer
from services.customers.domain.customer.errors import CustomerErased, CustomerExists, IdentifierTaken
from shared.access.audit_log import append
from shared.commands.handler import Addressed, CommandHandler
from shared.kernel.errors import ConcurrencyConflict, Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.application.identifiers import Identifier, Recogniser
    from services.customers.application.ports import Vault
    from services.customers.application.profile import Profile
    from services.customers.domain.values import Consent
    from shared.kernel.messages import Cause


@dataclass(frozen=True, slots=True)
class Registration:
    """Somebody who wants to be a customer."""

    customer_id: UUID
    profile: Profile
    home_store: str | None = None
    consents: tuple[Consent, ...] = ()

    def content(self) -> bytes:
        """Everything that makes it the same registration again, in one spelling.

        What was added later stands in it only where it differs from what it was before: else a registration that is
        sent again after an update would be another one.
        """
        chosen = {"language": self.profile.language, "birthday_calendar": self.profile.birthday_calendar}
        return orjson.dumps(
            {
                "name": self.profile.name,
                "birthday": self.profile.birthday,
                "identifiers": sorted((i.kind, i.value) for i in self.profile.identifiers),
                "home_store": self.home_store,
                "consents": sorted((c.scope.purpose, c.scope.channel or "", c.text_version) for c in self.consents),
            }
            | {name: value for name, value in chosen.items() if value not in {"zh-CN", "solar"}},
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one registration: new, unchanged since an earlier one, or rejected."""

    version: int = 0
    is_new: bool = False
    rejected: Rejected | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known while a batch is judged in order: what is stored, and what earlier ones of it took."""

    versions: dict[UUID, int]
    erased: set[UUID]
    fingerprints: dict[UUID, bytes]
    owners: dict[Identifier, UUID]


_Verdict = Newcomer | Rejected | None
"""Take in, refuse, or leave as it is: registered with the same content before."""


@dataclass(frozen=True, slots=True)
class Registrar:
    """Registers people by the batch."""

    handler: CommandHandler
    vault: Vault
    recogniser: Recogniser = field(repr=False)

    def register(
        self,
        connection: Connection,
        registrations: Sequence[Registration],
        cause: Cause,
        *,
        registered_on: date,
        lock: bool,
    ) -> list[Outcome]:
        """One outcome per registration, in order. The same registration again changes nothing.

        Raises `ConcurrencyConflict` when another writer registered one of them, or took an identifier, meanwhile.
        """
        known = self._load(connection, registrations, lock=lock)
        verdicts = [self._judge(registration, known) for registration in registrations]
        accepted = [
            registration
            for registration, verdict in zip(registrations, verdicts, strict=True)
            if isinstance(verdict, Newcomer)
        ]
        units = [[self._address(registration, cause, registered_on)] for registration in accepted]
        for registration, decision in zip(accepted, self.handler.run(connection, units, lock=lock), strict=True):
            stream = stream_of(registration.customer_id)
            if decision.rejected:
                # It was judged by what was stored a moment ago; a no here means that another came between.
                raise ConcurrencyConflict([str(stream)])
            known.versions[registration.customer_id] = decision.unwrap().states[stream].version
        self.vault.admit(connection, [verdict for verdict in verdicts if isinstance(verdict, Newcomer)])
        append(
            connection,
            [consent_entry(member.customer_id, consent, cause) for member in accepted for consent in member.consents],
        )
        return [
            Outcome(rejected=verdict)
            if isinstance(verdict, Rejected)
            else Outcome(known.versions[registration.customer_id], is_new=verdict is not None)
            for registration, verdict in zip(registrations, verdicts, strict=True)
        ]

    def _load(self, connection: Connection, registrations: Sequence[Registration], *, lock: bool) -> _Known:
        streams = {stream_of(r.customer_id): r.customer_id for r in registrations}
        if lock:
            self.handler.store.load(connection, streams, lock=True)
        # Each statement sees what was committed before it. In this order what another call commits in between can
        # only be missed, which the append finds out, and never be seen by half.
        owners = self.vault.owners(connection, [i for r in registrations for i in r.profile.identifiers])
        fingerprints = self.vault.fingerprints(connection, streams.values())
        loaded = self.handler.store.load(connection, streams)
        return _Known(
            versions={id_: loaded[stream].version for stream, id_ in streams.items()},
            erased={id_ for stream, id_ in streams.items() if loaded[stream].state.status == "erased"},
            fingerprints=fingerprints,
            owners=owners,
        )

    def _judge(self, registration: Registration, known: _Known) -> _Verdict:
        customer_id = registration.customer_id
        if customer_id in known.erased:
            return CustomerErased()
        fingerprint = self.vault.fingerprint(registration.content())
        if customer_id in known.fingerprints:
            return None if known.fingerprints[customer_id] == fingerprint else CustomerExists()
        for identifier in registration.profile.identifiers:
            if identifier in known.owners:
                return IdentifierTaken(identifier.kind)
        known.fingerprints[customer_id] = fingerprint
        known.owners.update(dict.fromkeys(registration.profile.identifiers, customer_id))
        return Newcomer(customer_id, registration.profile, fingerprint)

    def _address(self, registration: Registration, cause: Cause, registered_on: date) -> Addressed:
        command = RegisterCustomer(
            registered_on=registered_on,
            home_store=registration.home_store,
            tokens=tuple(self.recogniser.token(identifier) for identifier in registration.profile.identifiers),
            consents=registration.consents,
        )
        return Addressed(stream_of(registration.customer_id), command, cause)
