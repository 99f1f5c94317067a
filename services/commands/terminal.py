"""What every subcommand shares: the terminal, the data folder, and how a command ends that cannot go on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from services.local import OfflineError
from shared.database.embedded import NotInstalled
from shared.observability.logs import configure_logs
from shared.runtime.settings import WrongSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.attached import Attached
    from shared.messaging.consumer import Consumer
    from shared.runtime.service import Service

console = Console()
errors = Console(stderr=True)

DataDir = Annotated[
    Path,
    typer.Option("--data-dir", help="The folder of the embedded system: its database, keys and logs."),
]


def attached(data_dir: Path, *, running: bool = False, alone: bool = False) -> Attached:
    """The system in `data_dir`: the running one, or its database started for this command.

    With `running`, its processes run too, for as long as the command does; with `alone`, nobody's may.
    """
    from services.attached import attach  # noqa: PLC0415 - loads every service, which help texts do not need

    configure_logs(level="WARNING", process="cli")
    try:
        return attach(data_dir, running=running, alone=alone)
    except (OfflineError, NotInstalled, WrongSettings) as error:
        fail(str(error))


def find_consumer(services: Sequence[Service], name: str) -> tuple[Service, Consumer]:
    """The consumer called `name` and its service; ends the command if there is none."""
    found = {consumer.name: (service, consumer) for service in services for consumer in service.consumers}
    if name not in found:
        fail(f"no consumer {name!r}; there are: {', '.join(sorted(found))}")
    return found[name]


def fail(message: str) -> NoReturn:
    """Ends the command with a message that says what was wrong and what to do."""
    # One line, whatever the width: a path that is broken in the middle can be neither copied nor searched for.
    errors.print(f"[red]regulars:[/] {escape(message)}", soft_wrap=True)
    raise typer.Exit(2)
