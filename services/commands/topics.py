"""`regulars topics`: Kafka's topics beside the catalogue's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.table import Table

from services.commands.terminal import console, fail
from shared.kernel.errors import TransientError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.messaging.kafka_settings import KafkaSettings
    from shared.messaging.topic_shapes import Difference

topics = typer.Typer(
    no_args_is_help=True,
    help="Kafka's topics: make them, and see what differs from the catalogue. Which Kafka: REGULARS_KAFKA_...",
)


@topics.command("diff")
def topics_diff() -> None:
    """Show how the cluster's topics differ from the catalogue. Changes nothing; exits with 1 when they differ."""
    from shared.messaging.topics_kafka import find_drift  # noqa: PLC0415 - loads Kafka's client, help texts need none

    try:
        drift = find_drift(_settings())
    except TransientError as error:
        fail(str(error))
    if drift.differences:
        console.print(_table(drift.differences))
        console.print("[dim]regulars topics apply[/] mends every row that says so.")
    else:
        console.print("Every topic is as the catalogue says.")
    if drift.unknown:
        console.print(f"Not in the catalogue, and left alone: {', '.join(drift.unknown)}")
    raise typer.Exit(1 if drift.differences else 0)


@topics.command("apply")
def topics_apply() -> None:
    """Make missing topics and set what differs. Never removes anything. Repeatable.

    Partitions and the number of copies of a topic that exists stay as they are: such rows are shown with the
    reason, and the command exits with 1.
    """
    from shared.messaging.topics_kafka import CatalogueRefused, TopicsDiffer, apply_catalogue  # noqa: PLC0415 - as above

    try:
        mended = apply_catalogue(_settings())
    except TopicsDiffer as differ:
        console.print(_table([*differ.mended, *differ.left], mended="mended"))
        raise typer.Exit(1) from None
    except (CatalogueRefused, TransientError) as error:
        fail(str(error))
    if mended:
        console.print(_table(mended, mended="mended"))
    else:
        console.print("Every topic is as the catalogue says; nothing to do.")


def _settings() -> KafkaSettings:
    from pydantic import ValidationError  # noqa: PLC0415 - as above

    from shared.messaging.kafka_settings import KafkaSettings  # noqa: PLC0415 - as above

    try:
        return KafkaSettings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = f"REGULARS_KAFKA_{'_'.join(map(str, first['loc'])).upper()}"
        hint = "; a local Kafka: regulars kafka up" if first["type"] == "missing" else ""
        fail(f"{name.rstrip('_')}: {first['msg']}{hint}")


def _table(differences: Iterable[Difference], mended: str = "apply mends it") -> Table:
    table = Table("topic", "what", "wanted", "found", "")
    for d in differences:
        table.add_row(d.topic, d.what, d.wanted, d.found, f"[red]{d.obstacle}[/]" if d.obstacle else mended)
    return table
