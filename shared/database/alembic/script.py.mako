"""${message}

Runs beside the release before it: expand now, contract in a later release.
"""

from __future__ import annotations

from alembic import op

revision = "${up_revision}"
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    ${upgrades if upgrades else "raise NotImplementedError"}
