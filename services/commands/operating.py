"""Commands that look at a system, and make a read model anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.commands.chains import audit_chains
from services.commands.terminal import DataDir, attached, console, fail
from services.local import DEFAULT_DATA_DIR
from shared.messaging.lag import lags, outbox_size


def audit(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    *,
    chain: Annotated[
        bool,
        typer.Option("--chain", help="Check the audit logs instead: was any row changed, dropped, swapped or cut off?"),
    ] = False,
    anchors: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="With --chain: log files kept elsewhere; they hold old heads."),
    ] = None,
) -> None:
    """Check every invariant of the ledgers with code of its own. Exits with 1 when one does not hold."""
    if chain:
        raise typer.Exit(0 if audit_chains(data_dir, anchors or []) else 1)
    table = Table("service", "check", "", "detail")
    broken = 0
    with attached(data_dir) as system:
        for service in system.services:
            if service.audit is None:
                continue
            with service.engine.begin() as connection:
                for finding in service.audit(connection):
                    broken += not finding.ok
                    mark = "[green]holds[/]" if finding.ok else "[red bold]BROKEN[/]"
                    table.add_row(service.name, finding.check, mark, finding.detail)
    console.print(table)
    raise typer.Exit(1 if broken else 0)


def rebuild(
    read_model: Annotated[str, typer.Argument(help="For example loyalty.account_balance; `list` shows them all.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Make a read model anew beside the live one, compare them, and switch.

    The live one serves meanwhile; appends wait only for the instant of the switch. Nothing is sent. Exits
    with 1 when the two differed.
    """
    from services.rebuilding import read_models, rebuild_read_model  # noqa: PLC0415 - alone in needing it

    with attached(data_dir) as system:
        known = read_models(system.services)
        if read_model == "list":
            for name, fed_by in known.items():
                console.print(f"{name}  [dim]from {fed_by}[/]")
            return
        if read_model not in known:
            fail(f"no read model {read_model!r}; there are: {', '.join(known)}")
        raise typer.Exit(0 if rebuild_read_model(console, system, read_model) else 1)


def lag(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Show how far each consumer and each relay is behind."""
    table = Table("what", "handled", "behind", title="By the databases' own offsets")
    with attached(data_dir) as system:
        for service in system.services:
            table.add_row(f"{service.name}.relay", "", f"{outbox_size(service.engine):,}")
            for place in lags(service.engine, service.consumers, system.event_log):
                table.add_row(place.consumer, f"{place.handled:,}", f"{place.records:,}")
    console.print(table)
