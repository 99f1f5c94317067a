"""`regulars token`, `users` and `issuer`: who may call a system, by whoever has its folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.commands.terminal import DataDir, attached, console, fail
from services.local import DEFAULT_DATA_DIR, issuer_folder
from services.serving import users_table
from shared.access.audit_log import Entry, append
from shared.access.issuer import BuiltInIssuer, Grant
from shared.access.roles import DEVICE_ROLE, ROLES
from shared.access.users import User, Users
from shared.identity.keys import KeyFileError
from shared.kernel.errors import InvalidInput
from shared.runtime.access import AccessSettings
from shared.runtime.settings import read_settings

TOKEN_MINUTES = 60
TILL_MINUTES = 366 * 24 * 60

Role = Annotated[list[str], typer.Option(help=f"One of {', '.join(ROLES)}; may be repeated.")]
Store = Annotated[list[str] | None, typer.Option(help="Only this store; may be repeated.")]
Region = Annotated[list[str] | None, typer.Option(help="Only this region; may be repeated.")]
Partner = Annotated[str | None, typer.Option(help="Only this partner's part.")]

users = typer.Typer(invoke_without_command=True, help="The people who can sign in without an identity provider.")
issuer = typer.Typer(no_args_is_help=True, help="The built-in issuer of tokens: its key, and devices it disowned.")


def token(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    *,
    role: Role = ["operator"],  # noqa: B006 - Typer reads the default and never changes it
    store: Store = None,
    region: Region = None,
    partner: Partner = None,
    device: Annotated[str | None, typer.Option(help="The till that will carry it, for example SH-001/1.")] = None,
    subject: Annotated[str | None, typer.Option(help="Who calls, as events keep it; default: device or role.")] = None,
    minutes: Annotated[
        int | None,
        typer.Option(help=f"How long it is good; default: {TOKEN_MINUTES}, for a till a year."),
    ] = None,
) -> None:
    """Print a token for scripts and tills: curl -H "Authorization: Bearer $(regulars token)" ...

    Whoever holds it may do what the role may, so treat it as a password. A till's token names its device, and is taken
    back by: regulars issuer revoke DEVICE.
    """
    lifetime = minutes or (TILL_MINUTES if DEVICE_ROLE in role else TOKEN_MINUTES)
    grant = Grant(subject or device or role[0], role, store, region, partner, device)
    try:
        # Plain, since a terminal's line breaks would be part of it.
        typer.echo(_issuer(data_dir).token(grant, minutes=lifetime))
    except InvalidInput as error:
        fail(error.message)


@users.callback()
def users_list(context: typer.Context, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Show who can sign in. A first password is shown until it is changed; later ones are kept as hashes only."""
    if context.invoked_subcommand is not None:
        return
    console.print(users_table(_users(data_dir)))
    console.print("Clerks, store managers and partners see nothing until they have stores: regulars users set --help")


@users.command("set")
def users_set(
    name: Annotated[str, typer.Argument(help="a-z, 0-9, dot, dash and underscore.")],
    role: Role,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    *,
    store: Store = None,
    region: Region = None,
    partner: Partner = None,
) -> None:
    """Add a user, or change what one may do from the next sign-in on. Prints a new user's password, once."""
    try:
        password = _users(data_dir).put(
            User(
                name,
                tuple(role),
                None if store is None else tuple(store),
                None if region is None else tuple(region),
                partner,
            ),
        )
    except InvalidInput as error:
        fail(error.message)
    console.print(f"{name} is new; the password is {password}" if password else f"{name} is changed")


@users.command("remove")
def users_remove(
    name: Annotated[str, typer.Argument(help="As `regulars users` shows it.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Remove a user. A token that the user holds is good until it expires, for a shift at most."""
    if not _users(data_dir).remove(name):
        fail(f"no user {name!r}; see: regulars users")
    console.print(f"{name} cannot sign in any more")


@issuer.command("rotate")
def issuer_rotate(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Sign with a new key from now on. Tokens of the key before stay good until they expire, or the next rotation.

    Twice in a row makes every token void that was given out before, also the tills'.
    """
    console.print(f"New tokens are signed with key {_issuer(data_dir).rotate()}")


@issuer.command("revoke")
def issuer_revoke(
    device: Annotated[str, typer.Argument(help="The device that its token names, for example SH-001/1.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit log: lost, stolen, replaced ... Name nobody.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Make void every token that a device holds now, within seconds. It may be given a new one afterwards."""
    found = _issuer(data_dir)
    with attached(data_dir) as system:
        # Tills are the business of stores; beside another service, that one's audit log has to do.
        service = next((s for s in system.services if s.name == "stores"), system.services[0])
        with service.engine.begin() as connection:
            append(connection, [Entry("operator", "device_revoked", f"device/{device}", {"reason": reason})])
            # Inside the transaction: what is written down has happened. If the commit fails, the device is revoked
            # and not written down, and the command says so; the other way round would be worse.
            found.revoke(device)
    console.print(f"Every token that {device} holds is void")


@issuer.command("revoked")
def issuer_revoked(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Show the devices whose tokens were made void, and when."""
    table = Table("device", "its tokens issued until then are void")
    for device, at in sorted(_issuer(data_dir).revoked().items()):
        table.add_row(device, f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC")
    console.print(table if table.row_count else "No device is revoked.")


def _issuer(data_dir: Path) -> BuiltInIssuer:
    settings = read_settings(AccessSettings)
    try:
        return BuiltInIssuer(
            _folder(data_dir, settings),
            name=settings.built_in_name,
            audience=settings.audience,
        )
    except KeyFileError as error:
        fail(str(error))


def _users(data_dir: Path) -> Users:
    try:
        return Users(_folder(data_dir, read_settings(AccessSettings)))
    except KeyFileError as error:
        fail(str(error))


def _folder(data_dir: Path, settings: AccessSettings) -> Path:
    if (data_dir / "postgres").is_dir():
        return issuer_folder(data_dir)
    # Beside a service of a distributed system: in the container that has the issuer.
    if settings.built_in_dir is None:
        fail(f"there is no system in {data_dir}; start one with: regulars dev --data-dir {data_dir}")
    return settings.built_in_dir
