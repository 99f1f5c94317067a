"""`regulars`: the one command of people who run the system. Each subcommand's help says what it does and costs."""

from __future__ import annotations

import typer

from services.commands import operating, running, serving
from services.commands.access import issuer, token, users
from services.commands.erasures import erasures
from services.commands.kafka import kafka
from services.commands.log import log
from services.commands.offsets import offsets
from services.commands.parked import parked
from services.commands.reconciling import reconcile
from services.commands.refused import refused
from services.commands.story import story
from services.commands.till import till
from services.commands.topics import topics
from services.commands.traces import traces

main = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Regulars (熟客): customers, points and campaigns of a retail chain, from the sales of its tills.",
)
main.command()(running.dev)
main.command()(running.demo)
main.command()(story)
main.command("import")(running.import_)
main.command()(serving.serve)
main.command()(serving.migrate)
main.command()(operating.audit)
main.command()(operating.rebuild)
main.command()(operating.lag)
main.command()(reconcile)
main.command()(refused)
main.command()(traces)
main.command()(token)
main.add_typer(users, name="users")
main.add_typer(issuer, name="issuer")
main.add_typer(parked, name="parked")
main.add_typer(erasures, name="erasures")
main.add_typer(offsets, name="offsets")
main.add_typer(log, name="log")
main.add_typer(till, name="till")
main.add_typer(kafka, name="kafka")
main.add_typer(topics, name="topics")

if __name__ == "__main__":
    main()
