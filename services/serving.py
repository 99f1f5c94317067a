"""What a command does once the system runs: say where, and wait until somebody stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from services.local import DEFAULT_DATA_DIR, SERVICES, issuer_folder
from shared.access.users import Users
from shared.runtime.stopping import stop_on_signals, wait_for

if TYPE_CHECKING:
    from rich.console import Console

    from services.local import LocalSystem

PAGE_FROM = "console"
"""The service whose address is the page's."""


def show_addresses(console: Console, system: LocalSystem) -> None:
    """Prints where the page is and who can sign in, and where the APIs are."""
    console.print(f"Open [bold]{system.address_of(PAGE_FROM)}[/] and sign in as one of:")
    console.print(users_table(Users(issuer_folder(system.data_dir))))
    console.print("The APIs:")
    for service in SERVICES:
        console.print(f"  {system.address_of(service)}/api/{service}/v1/docs")
    metrics = ", ".join(f"{name} {address}/metrics" for name, address in system.processes.items())
    console.print(f"Health and metrics: {metrics}")
    where = "" if system.data_dir == DEFAULT_DATA_DIR.absolute() else f" --data-dir {system.data_dir}"
    console.print(f"Who can sign in, and first passwords: regulars users{where}", soft_wrap=True)
    console.print(f'For curl: AUTH="Authorization: Bearer $(regulars token{where})"', soft_wrap=True)
    console.print(f"Data in {system.data_dir}, logs in {system.log_folder}. Ctrl-C stops it.")


def users_table(users: Users) -> Table:
    """Who can sign in, with first passwords that nobody has changed yet."""
    # Names and passwords are copied from here: never cut off, whatever the terminal's width.
    table = Table()
    for heading in ("user", "roles", "first password"):
        table.add_column(heading, no_wrap=heading != "roles", overflow="fold")
    table.add_column("where", overflow="fold")
    for user in users.all():
        where = [*(user.stores or ()), *(f"region {region}" for region in user.regions or ())]
        where += [f"partner {user.partner}"] if user.partner else []
        password = users.first_password(user.name) or "[dim]own[/]"
        table.add_row(user.name, " ".join(user.roles), password, ", ".join(where))
    return table


def wait_for_stop() -> None:
    """Waits for Ctrl-C or SIGTERM."""
    wait_for(stop_on_signals())
