"""The vault in PostgreSQL: wrapped keys, sealed records and the blind index.

Nothing here is readable without the key files: values are sealed, and looked up by keyed hashes only.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import orjson

from services.customers.adapters.sealing import seal, unseal
from services.customers.application.identifiers import Identifier
from services.customers.application.profile import Profile
from shared.database.batch import copy_rows, fetch, run
from shared.kernel.errors import ConcurrencyConflict, InvariantViolated

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.application.ports import KeyService, Newcomer

SCHEMA_VERSION = 1
"""Of the sealed document; sealed into it, so that a record cannot claim another."""

_KEY_BYTES = 32


class PostgresVault:
    """Keeps people in the tables `vault_keys`, `vault_records` and `blind_index`."""

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
                (n.customer_id, SCHEMA_VERSION, _seal(keys[n.customer_id], n.customer_id, n.profile), n.fingerprint)
                for n in newcomers
            ),
        )
        self._index(connection, [(i, n.customer_id) for n in newcomers for i in n.profile.identifiers])

    def add_identifier(self, connection: Connection, customer_id: UUID, identifier: Identifier) -> None:
        opened = self._open(connection, customer_id)
        if opened is None:
            message = f"customer {customer_id} is registered and not in the vault; restore both from one backup"
            raise InvariantViolated(message)
        key, profile = opened
        extended = replace(profile, identifiers=(*profile.identifiers, identifier))
        run(
            connection,
            "update vault_records set schema_version = %(version)s, sealed = %(sealed)b where customer_id = %(id)s",
            {"version": SCHEMA_VERSION, "sealed": _seal(key, customer_id, extended), "id": customer_id},
        )
        self._index(connection, [(identifier, customer_id)])

    def profile(self, connection: Connection, customer_id: UUID) -> Profile | None:
        opened = self._open(connection, customer_id)
        return opened[1] if opened else None

    def destroy(self, connection: Connection, customer_id: UUID) -> None:
        # The record and the index rows reference the key and go with it (on delete cascade).
        run(connection, "delete from vault_keys where customer_id = %(id)s", {"id": customer_id})

    def _open(self, connection: Connection, customer_id: UUID) -> tuple[bytes, Profile] | None:
        """The data key and the profile; one statement, so that an erasure is seen whole or not at all."""
        rows = fetch(
            connection,
            """
            select k.wrapped_key, k.key_version, r.sealed, r.schema_version
            from vault_keys k join vault_records r using (customer_id) where customer_id = %(id)s
            """,
            {"id": customer_id},
        )
        if not rows:
            return None
        wrapped, key_version, sealed, schema_version = rows[0]
        key = self._keys.unwrap(bytes(wrapped), customer_id, key_version)
        return key, _unseal(key, customer_id, bytes(sealed), schema_version)

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


def _seal(key: bytes, owner: UUID, profile: Profile) -> bytes:
    document = orjson.dumps(
        {
            "name": profile.name,
            "birthday": profile.birthday,
            "identifiers": [(identifier.kind, identifier.value) for identifier in profile.identifiers],
        },
    )
    return seal(key, document, owner=owner, purpose=_purpose(SCHEMA_VERSION))


def _unseal(key: bytes, owner: UUID, sealed: bytes, schema_version: int) -> Profile:
    document = orjson.loads(unseal(key, sealed, owner=owner, purpose=_purpose(schema_version)))
    return Profile(
        name=document["name"],
        birthday=date.fromisoformat(document["birthday"]) if document["birthday"] else None,
        identifiers=tuple(Identifier(kind, value) for kind, value in document["identifiers"]),
    )


def _purpose(schema_version: int) -> bytes:
    return f"profile:{schema_version}".encode()
