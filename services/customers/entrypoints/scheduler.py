"""What a new day causes: records of an earlier form are brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.runtime.service import Job

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Engine

    from services.customers.application.ports import Vault

RECORDS_PER_TRANSACTION = 500


def vault_update(engine: Engine, vault: Vault) -> Job:
    """Gives members from before this release what only the vault can make, such as their place in the birthdays.

    A migration cannot: it has no key. With nothing left to do it costs one look at an index.
    """

    def run(business_date: date) -> None:  # noqa: ARG001 - the same on every day
        after: UUID | None = None
        while True:
            with engine.begin() as connection:
                after = vault.bring_up_to_date(connection, after=after, limit=RECORDS_PER_TRANSACTION)
            if after is None:
                return

    return Job(name="customers.vault_update", run=run)
