"""Whether a schema has the migrations that this release needs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from alembic.script import ScriptDirectory

from shared.database.batch import fetch

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


def missing_migrations(connection: Connection, scripts: Path) -> str | None:
    """What is missing between the schema that `connection` sees and the newest revision in `scripts`, or None.

    A revision that this release does not know is a newer release's: each runs beside the one before.
    """
    head, known = _revisions(scripts)
    if not fetch(connection, "select to_regclass('alembic_version')")[0][0]:
        return f"the schema is empty, this release needs {head}; run: regulars migrate"
    rows = fetch(connection, "select version_num from alembic_version")
    found = rows[0][0] if rows else None
    if found == head or (found is not None and found not in known):
        return None
    return f"the schema is at {found or 'no revision'}, this release needs {head}; run: regulars migrate"


@cache
def _revisions(scripts: Path) -> tuple[str | None, frozenset[str]]:
    directory = ScriptDirectory(str(scripts), version_locations=[str(scripts)])
    return directory.get_current_head(), frozenset(script.revision for script in directory.walk_revisions())
