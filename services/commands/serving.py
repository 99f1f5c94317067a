"""Commands of a distributed system: make and migrate its databases, serve one service."""

from __future__ import annotations

import os
import re
import socket
from typing import Annotated

import typer
from psycopg import Error as DriverError
from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError

from services.children import PARENT
from services.commands.terminal import console, fail
from services.migrating import MIGRATED, migrate_service, prepare, present
from shared.observability.logs import configure_logs
from shared.runtime.roles import Role
from shared.runtime.settings import WrongSettings

PORT = 8080
_INSTANCE = re.compile(r"[A-Za-z0-9._-]{1,200}")


def serve(
    service: Annotated[
        str, typer.Argument(help="stores, customers, loyalty, segmentation, campaigns, notifications or console.")
    ],
    *,
    role: Annotated[
        str,
        typer.Option(help="What of it this process does: some of api,consumers,relay,scheduler."),
    ] = ",".join(Role),
    host: Annotated[str, typer.Option(help="Address to serve on; 0.0.0.0 is every one of this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of HTTP, health and metrics; 0: any free.")] = PORT,
    instance: Annotated[
        str | None,
        typer.Option(
            help="This process's own name, the same after a restart: Kafka then gives it its partitions back at once. "
            "No two processes may have the same. Default: host name and port; none with --port 0.",
            show_default=False,
        ),
    ] = None,
    drain: Annotated[
        float,
        typer.Option(min=0, max=60, help="Seconds to go on answering, not ready, when it stops: for a load balancer."),
    ] = 0.0,
) -> None:
    """Run one service of a distributed system: its API, its consumers, its relay, its jobs, or some of them.

    Settings come from the environment (REGULARS_LOYALTY_..., REGULARS_KAFKA_...), or each from a file in /run/secrets
    named like its variable in small letters. Any number of processes may run of each service. Every one answers
    /livez, /readyz and /metrics; the API is there with the role api. SIGTERM lets it finish what it has in hand.
    """
    from services.processes import EVERY_SERVICE, follow_parent, run, settings_of  # noqa: PLC0415 - loads slowly, help texts do not need it
    from shared.identity.keys import KeyFileError  # noqa: PLC0415 - as above
    from shared.messaging.log import Member  # noqa: PLC0415 - as above

    if service not in EVERY_SERVICE:
        fail(f"no service {service!r}; there are: {', '.join(EVERY_SERVICE)}")
    roles = _roles(role)
    # Any free port is no name: the same one twice, and two processes would take the group from each other for ever.
    name = instance or (f"{socket.gethostname()}-{port}" if port else None)
    if name and not _INSTANCE.fullmatch(name):
        fail(f"--instance {name!r}: use up to 200 of letters, digits, dot, dash and underscore")
    configure_logs(process=f"{service}:{name or os.getpid()}")
    try:
        if PARENT in os.environ:
            follow_parent()
        elif settings_of(service).own_time:
            fail(
                f"REGULARS_{service.upper()}_BUSINESS_TIME or ..._BUSINESS_TIME_FILE is set: only a demo's folder has a"
                " clock of its own; unset it"
            )
        in_order = run([service], roles, host=host, port=port, member=Member(name=name), drain_s=drain)
    except (WrongSettings, KeyFileError) as error:
        fail(str(error))
    except (DBAPIError, DriverError) as error:
        fail(_database_problem(service, error))
    except OSError as error:
        fail(f"cannot serve on {host}, port {port}: {error.strerror}; choose another --port or stop what has it")
    raise typer.Exit(0 if in_order else 1)


def migrate(
    services: Annotated[
        list[str] | None, typer.Argument(metavar="[SERVICE]...", help=f"{', '.join(MIGRATED)}.")
    ] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Every service, and the log if it is in PostgreSQL.")] = False,
    prepare_: Annotated[
        bool,
        typer.Option("--prepare", help="As superuser, make databases, roles and schemas; migrate nothing yet."),
    ] = False,
) -> None:
    """Bring the databases of a distributed system to this release. Once before each release, before `serve`.

    Signs in as each schema's owner, REGULARS_<SERVICE>_OWNER_DATABASE_URL. A migration is all or nothing, fits the
    release before it as well, and gives up after seconds rather than hold up who works; then run it again.

    Before the first time: --prepare, as REGULARS_SUPERUSER_DATABASE_URL. It makes for each service the database and
    the two roles that REGULARS_<SERVICE>_OWNER_DATABASE_URL and REGULARS_<SERVICE>_DATABASE_URL name, with the
    passwords in them; run it again after a change of passwords. Both may be run again at any time, also at once.
    """
    configure_logs(level="WARNING", process="migrate")
    named = list(services or ())
    if bool(named) == all_:
        fail(f"name services or say --all; there are: {', '.join(MIGRATED)}")
    if unknown := sorted(set(named) - set(MIGRATED)):
        fail(f"no service {unknown[0]!r}; there are: {', '.join(MIGRATED)}")
    try:
        for service in present(MIGRATED) if all_ else named:
            console.print(f"{service}: {_prepared(service) if prepare_ else _migrated(service)}", highlight=False)
    except WrongSettings as error:
        fail(str(error))
    except (DBAPIError, DriverError) as error:
        fail(_database_problem(service, error))


def _prepared(service: str) -> str:
    made = prepare(service)
    return f"made {', '.join(made)}" if made else "is prepared"


def _migrated(service: str) -> str:
    done = migrate_service(service)
    if done.before == done.after:
        return f"is at {done.after}"
    return f"migrated from {done.before or 'nothing'} to {done.after}"


def _roles(names: str) -> set[Role]:
    try:
        return {Role(name.strip()) for name in names.split(",")}
    except ValueError:
        fail(f"--role {names!r}: say some of {','.join(Role)}, with commas between them")


def _database_problem(service: str, error: DBAPIError | DriverError) -> str:
    """What an operator can do about it. Of the server's own words only those about itself: others quote rows."""
    match error.orig if isinstance(error, DBAPIError) else error:
        case pg.UndefinedTable() | pg.InvalidSchemaName() | pg.UndefinedColumn():
            return f"the database of {service} is not at this release; run: regulars migrate {service}"
        case pg.LockNotAvailable():
            return f"the database of {service} is busy with something that keeps its tables; run this again"
        case pg.InsufficientPrivilege():
            return f"the role has not the right to do this in the database of {service}; see regulars migrate --help"
        case pg.OperationalError() as problem:
            return f"the database of {service} does not answer: {str(problem).strip()}"
        case other:
            return f"the database of {service} refuses: {type(other).__name__}"
