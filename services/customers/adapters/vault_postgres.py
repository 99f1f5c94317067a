"""The vault in PostgreSQL: wrapped keys, sealed records and the blind indexes.

Nothing here is readable without the key files: values are sealed, and looked up by keyed hashes only.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from services.customers.adapters import vault_birthdays, vault_search
from services.customers.adapters.profile_documents import SCHEMA_VERSION, seal_profile, unseal_profile
from services.customers.application.ports import VaultError
from shared.database.batch import copy_rows, fetch, run
from shared.kernel.errors import ConcurrencyConflict, InvariantViolated

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.application.birthdays import Calendar
    from services.customers.application.identifiers import Identifier
    from services.customers.application.ports import KeyService, Newcomer
    from services.customers.application.profile import Language, Profile
    from shared.access.visibility import Visible

_KEY_BYTES = 32
_Opened = tuple[bytes, "Profile"]
"""Somebody's data key and profile."""
_RECORDS = """
select customer_id, k.wrapped_key, k.key_version, r.sealed, r.schema_version
from vault_keys k join vault_records r using (customer_id)
"""


class PostgresVault:
    """Keeps people in `vault_keys`, `vault_records`, `blind_index`, `birthday_index` and `search_index`."""

    def __init__(self, key_service: KeyService, index_key: bytes) -> None:
        self._keys = key_service
        self._index_key = index_key

    def fingerprint(self, content: bytes) -> bytes:
        return hmac.digest(self._index_key, b"fingerprint:" + content, "sha256")

    def owners(self, connection: Connection, identifiers: Collection[Identifier]) -> dict[Identifier, UUID]:
        digests = {self._digest(identifier): identifier for identifier in identifiers}
        rows = fetch(
            connection,
            """
            select b.digest, b.customer_id from unnest(%(kinds)b::text[], %(digests)b::bytea[]) as w(kind, digest)
            join blind_index b using (kind, digest)
            """,
            {"kinds": [identifier.kind for identifier in digests.values()], "digests": list(digests)},
        )
        return {digests[bytes(digest)]: customer_id for digest, customer_id in rows}

    def fingerprints(self, connection: Connection, customer_ids: Collection[UUID]) -> dict[UUID, bytes]:
        rows = fetch(
            connection,
            "select customer_id, registration_fingerprint from vault_records where customer_id = any(%(ids)b::uuid[])",
            {"ids": list(customer_ids)},
        )
        return {customer_id: bytes(fingerprint) for customer_id, fingerprint in rows}

    def admit(self, connection: Connection, newcomers: Sequence[Newcomer]) -> None:
        keys = {newcomer.customer_id: secrets.token_bytes(_KEY_BYTES) for newcomer in newcomers}
        copy_rows(
            connection,
            "vault_keys (customer_id, key_version, wrapped_key)",
            ((id_, self._keys.version, self._keys.wrap(key, id_)) for id_, key in keys.items()),
        )
        copy_rows(
            connection,
            "vault_records (customer_id, schema_version, sealed, registration_fingerprint)",
            (
                (
                    n.customer_id,
                    SCHEMA_VERSION,
                    seal_profile(keys[n.customer_id], n.customer_id, n.profile),
                    n.fingerprint,
                )
                for n in newcomers
            ),
        )
        self._index(connection, [(i, n.customer_id) for n in newcomers for i in n.profile.identifiers])
        self._index_people(connection, [(n.customer_id, n.profile) for n in newcomers])

    def add_identifier(self, connection: Connection, customer_id: UUID, identifier: Identifier) -> None:
        self._rewrite(connection, customer_id, lambda p: replace(p, identifiers=(*p.identifiers, identifier)))
        self._index(connection, [(identifier, customer_id)])

    def prefer(
        self,
        connection: Connection,
        customer_id: UUID,
        *,
        language: Language | None,
        birthday_calendar: Calendar | None,
    ) -> None:
        def change(profile: Profile) -> Profile:
            calendar = birthday_calendar or profile.birthday_calendar
            return replace(profile, language=language or profile.language, birthday_calendar=calendar)

        self._rewrite(connection, customer_id, change)

    def profile(self, connection: Connection, customer_id: UUID) -> Profile | None:
        profile = self.profiles(connection, [customer_id]).get(customer_id)
        if isinstance(profile, VaultError):
            raise profile
        return profile

    def profiles(self, connection: Connection, customer_ids: Collection[UUID]) -> dict[UUID, Profile | VaultError]:
        # Key and record in one statement, so that an erasure is seen whole or not at all.
        rows = fetch(
            connection,
            f"{_RECORDS} where customer_id = any(%(ids)b::uuid[])",
            {"ids": list(customer_ids)},
            binary=True,
        )
        opened = {row[0]: self._try(*row) for row in rows}
        return {id_: found if isinstance(found, VaultError) else found[1] for id_, found in opened.items()}

    def data_key(self, connection: Connection, customer_id: UUID) -> bytes | None:
        """Somebody's own key, for what else is sealed with it; None when it does not exist. Raises `VaultError`."""
        rows = fetch(
            connection,
            "select wrapped_key, key_version from vault_keys where customer_id = %(id)s",
            {"id": customer_id},
        )
        return self._keys.unwrap(bytes(rows[0][0]), customer_id, rows[0][1]) if rows else None

    def celebrating(
        self,
        connection: Connection,
        keys: Collection[str],
        *,
        after: UUID | None,
        limit: int,
    ) -> list[UUID]:
        return vault_birthdays.celebrating(connection, self._index_key, keys, after=after, limit=limit)

    def celebrating_among(
        self,
        connection: Connection,
        keys: Sequence[str],
        seen: Visible,
        *,
        limit: int,
    ) -> list[tuple[UUID, str]]:
        return vault_birthdays.celebrating_among(connection, self._index_key, keys, seen, limit=limit)

    def meant(self, connection: Connection, terms: Collection[str], seen: Visible, *, limit: int) -> list[UUID]:
        return vault_search.meant(connection, self._index_key, terms, seen, limit=limit)

    def destroy(self, connection: Connection, customer_id: UUID) -> None:
        # The record and the index rows reference the key and go with it (on delete cascade).
        run(connection, "delete from vault_keys where customer_id = %(id)s", {"id": customer_id})

    def bring_up_to_date(self, connection: Connection, *, after: UUID | None, limit: int) -> UUID | None:
        # The rows are locked so that nothing that is being written meanwhile gets lost, the keys first of all against
        # an erasure: it begins with the key, and of two who wait for each other one would be thrown out.
        rows = fetch(
            connection,
            f"""
            {_RECORDS}
            where r.schema_version < {SCHEMA_VERSION} and (%(after)s::uuid is null or customer_id > %(after)s)
            order by customer_id limit %(limit)s
            for key share of k skip locked for update of r skip locked
            """,
            {"after": after, "limit": limit},
            binary=True,
        )
        opened = {row[0]: self._try(*row) for row in rows}
        self._write(connection, {id_: found for id_, found in opened.items() if not isinstance(found, VaultError)})
        return rows[-1][0] if len(rows) == limit else None

    def _try(
        self,
        customer_id: UUID,
        wrapped: bytes,
        key_version: int,
        sealed: bytes,
        schema_version: int,
    ) -> _Opened | VaultError:
        try:
            key = self._keys.unwrap(bytes(wrapped), customer_id, key_version)
            return key, unseal_profile(key, customer_id, bytes(sealed), schema_version)
        except VaultError as error:
            return error

    def _rewrite(self, connection: Connection, customer_id: UUID, change: Callable[[Profile], Profile]) -> None:
        rows = fetch(connection, f"{_RECORDS} where customer_id = %(id)s", {"id": customer_id}, binary=True)
        if not rows:
            message = f"customer {customer_id} is registered and not in the vault; restore both from one backup"
            raise InvariantViolated(message)
        opened = self._try(*rows[0])
        if isinstance(opened, VaultError):
            raise opened
        key, profile = opened
        self._write(connection, {customer_id: (key, change(profile))})

    def _write(self, connection: Connection, people: Mapping[UUID, _Opened]) -> None:
        run(
            connection,
            """
            update vault_records r set schema_version = %(version)s, sealed = w.sealed
            from unnest(%(ids)b::uuid[], %(sealed)b::bytea[]) as w(id, sealed) where r.customer_id = w.id
            """,
            {
                "version": SCHEMA_VERSION,
                "ids": list(people),
                "sealed": [seal_profile(key, id_, profile) for id_, (key, profile) in people.items()],
            },
        )
        # Always: a record of an earlier form has no row there yet.
        self._index_people(connection, [(id_, profile) for id_, (_, profile) in people.items()])

    def _index_people(self, connection: Connection, people: Sequence[tuple[UUID, Profile]]) -> None:
        vault_birthdays.index_birthdays(connection, self._index_key, people)
        vault_search.index_people(connection, self._index_key, people)

    def _index(self, connection: Connection, owned: Sequence[tuple[Identifier, UUID]]) -> None:
        # Sorted, so that two batches wait for each other in one order. The insert waits for whoever is just
        # taking the same identifier; what is then missing was taken.
        rows = sorted((identifier.kind, self._digest(identifier), owner) for identifier, owner in owned)
        added = run(
            connection,
            """
            insert into blind_index (kind, digest, customer_id)
            select * from unnest(%(kinds)b::text[], %(digests)b::bytea[], %(owners)b::uuid[])
            on conflict do nothing
            """,
            {"kinds": [r[0] for r in rows], "digests": [r[1] for r in rows], "owners": [r[2] for r in rows]},
        )
        if added != len(rows):
            raise ConcurrencyConflict([f"customer-{owner}" for _, owner in owned])

    def _digest(self, identifier: Identifier) -> bytes:
        return hmac.digest(self._index_key, f"{identifier.kind}:{identifier.value}".encode(), "sha256")
