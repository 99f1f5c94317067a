"""`regulars erasures`: who was erased, kept apart from backups, and erased again after a restore."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from services.commands.terminal import DataDir, attached, console, errors, fail
from services.local import DEFAULT_DATA_DIR

if TYPE_CHECKING:
    from services.attached import Attached
    from shared.runtime.service import Service

erasures = typer.Typer(no_args_is_help=True, help="Erasures: a list to keep apart from backups, and erasing again.")


@erasures.command("list")
def erasures_list(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Print every erasure as a line of JSON, the oldest first. It holds pseudonyms and tokens, no personal data."""
    from services.mending import erasures_known  # noqa: PLC0415 - loads every service, which help texts do not need

    with attached(data_dir) as system:
        for erasure in erasures_known(_customers(system)):
            typer.echo(erasure.model_dump_json())


@erasures.command("apply")
def erasures_apply(
    lists: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, dir_okay=False, help="What `erasures list` printed before the restore."),
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Erase again whom a restore of `customers` brought back: by the log, and by lists that were kept apart.

    Before the service is opened. Repeatable; whoever is erased already stays as they are.
    """
    from services.mending import Erasure, erase_again, erasures_told  # noqa: PLC0415 - as above

    with attached(data_dir) as system, errors.status("Reading the log for erasures..."):
        try:
            listed = [
                Erasure.model_validate_json(line) for path in lists or [] for line in path.read_text().splitlines()
            ]
        except ValidationError as error:
            fail(f"that is no list of erasures: {error.errors(include_input=False, include_url=False)[0]['msg']}")
        known, needed = erase_again(_customers(system), chain(listed, erasures_told(system.event_log)))
    console.print(f"{known:,} erasures looked at, {needed:,} people erased again.")


def _customers(system: Attached) -> Service:
    found = [service for service in system.services if service.name == "customers"]
    if not found:
        fail("customers is not here; run this where REGULARS_CUSTOMERS_DATABASE_URL is set")
    return found[0]
