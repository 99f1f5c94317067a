"""What people said when they complained, in the table `vault_complaints`, sealed with each person's data key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.customers.adapters.sealing import seal, unseal
from shared.database.batch import fetch, run
from shared.kernel.errors import InvariantViolated

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.adapters.vault_postgres import PostgresVault


class PostgresComplaintTexts:
    """A row per complaint; it references the person's key and goes with it (on delete cascade)."""

    def __init__(self, vault: PostgresVault) -> None:
        self._vault = vault

    def keep(self, connection: Connection, customer_id: UUID, complaint_id: UUID, text: str) -> None:
        key = self._vault.data_key(connection, customer_id)
        if key is None:
            message = f"customer {customer_id} is registered and not in the vault; restore both from one backup"
            raise InvariantViolated(message)
        run(
            connection,
            "insert into vault_complaints (customer_id, complaint_id, sealed)"
            " values (%(customer)s, %(complaint)s, %(sealed)b)",
            {
                "customer": customer_id,
                "complaint": complaint_id,
                "sealed": seal(key, text.encode(), owner=customer_id, purpose=_purpose(complaint_id)),
            },
        )

    def read(self, connection: Connection, customer_id: UUID, complaint_id: UUID) -> str | None:
        rows = fetch(
            connection,
            "select sealed from vault_complaints where customer_id = %(customer)s and complaint_id = %(complaint)s",
            {"customer": customer_id, "complaint": complaint_id},
        )
        key = self._vault.data_key(connection, customer_id) if rows else None
        if key is None:
            return None
        return unseal(key, bytes(rows[0][0]), owner=customer_id, purpose=_purpose(complaint_id)).decode()


def _purpose(complaint_id: UUID) -> bytes:
    return b"complaint:1:" + complaint_id.bytes
