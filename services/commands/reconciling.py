"""`regulars reconcile`: after a restore, what others have heard beside what is known where it was decided."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from services.commands.terminal import DataDir, attached, console, errors
from services.local import DEFAULT_DATA_DIR

if TYPE_CHECKING:
    from services.reconciling import Fork, Report


def reconcile(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    *,
    retell: Annotated[
        bool,
        typer.Option("--retell", help="Tell receipts anew of which others have heard another past. Repeatable."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print everything that was found as one JSON object.")
    ] = False,
) -> None:
    """Compare the log with the services that wrote it: name what others have heard of and is lost where it was decided.

    Reads every topic once. Run it when everything is caught up: lag 0, and tills have sent again. Changes nothing
    without --retell. Exits with 1 when something is left to mend; docs/runbooks/restore.md says how.
    """
    from services import mending, reconciling  # noqa: PLC0415 - load every service, which help texts do not need

    with attached(data_dir) as system, errors.status("Comparing...") as status:

        def tell(so_far: Report) -> None:
            status.update(f"Comparing: {so_far.compared:,} records, {len(so_far.forks):,} forks")

        report = reconciling.reconcile(system.services, system.event_log, tell)
        retold = None
        if retell:
            stores = next((service for service in system.services if service.name == "stores"), None)
            retold = mending.retell(stores, report.forks.values()) if stores else 0
    if as_json:
        typer.echo(json.dumps(_document(report, retold), ensure_ascii=False, indent=1))
    else:
        _show(report)
        if retold is not None:
            console.print(f"{retold:,} receipts are told anew; let the lag come down to 0 and compare again.")
    raise typer.Exit(0 if report.well else 1)


def _show(report: Report) -> None:
    if report.forks:
        table = Table("service", "what", "records", "heard of", "names", title="Forks: heard by others, not known here")
        for fork in report.forks.values():
            names = ", ".join(f"{name} {value}" for name, value in fork.names.items())
            what = "lost" if fork.lost else "another past"
            table.add_row(
                fork.service, f"{fork.stream}: {what}", str(fork.records), ", ".join(sorted(fork.types)), names
            )
        console.print(table)
    for line in report.ahead:
        console.print(f"[red]ahead of the log:[/] {line}")
    for place in report.unreadable:
        console.print(f"[yellow]not written by us:[/] {place}")
    if report.more_forks:
        console.print(f"{report.more_forks:,} further records of other streams; mend these and compare again.")
    console.print(
        f"{report.compared:,} records compared, {len(report.forks):,} forks, {report.healed:,} records of another past"
        f" that a newer version has overtaken; {report.behind + report.waiting:,} records wait to be handled or told.",
    )


def _document(report: Report, retold: int | None) -> dict[str, Any]:
    return {
        "well": report.well,
        "compared": report.compared,
        "forks": [_fork(fork) for fork in report.forks.values()],
        "more_forks": report.more_forks,
        "healed": report.healed,
        "ahead": report.ahead,
        "behind": report.behind,
        "waiting": report.waiting,
        "unreadable": report.unreadable,
    } | ({} if retold is None else {"retold": retold})


def _fork(fork: Fork) -> dict[str, Any]:
    return {
        "service": fork.service,
        "stream": fork.stream,
        "lost": fork.lost,
        "records": fork.records,
        "types": sorted(fork.types),
        "places": fork.places,
        "names": fork.names,
    }
