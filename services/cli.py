"""`regulars`: the one command of people who run the system. Each subcommand's help says what it does and costs."""

from __future__ import annotations

import typer

from services.commands import operating, running
from services.commands.offsets import offsets
from services.commands.parked import parked

main = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Regulars (熟客): customers, points and campaigns of a retail chain, from the sales of its tills.",
)
main.command()(running.dev)
main.command()(running.demo)
main.command("import")(running.import_)
main.command()(operating.audit)
main.command()(operating.rebuild)
main.command()(operating.lag)
main.add_typer(parked, name="parked")
main.add_typer(offsets, name="offsets")

if __name__ == "__main__":
    main()
