"""`regulars story`: one campaign on real members, from the question to the result, and the mail that they got."""

from __future__ import annotations

from typing import Annotated

import typer

from services.calling import NotTakenError, UnexpectedAnswerError
from services.children import NotReadyError
from services.commands.terminal import DataDir, console, fail
from services.local import DEFAULT_DATA_DIR, OfflineError
from shared.database.embedded import DataDirInUse, NotInstalled
from shared.observability.logs import configure_logs


def story(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    *,
    inbox: Annotated[
        bool, typer.Option("--show-inbox", help="Only show the mail that the members got, the newest last.")
    ] = False,
    last: Annotated[int, typer.Option(min=1, help="How many mails --show-inbox shows.")] = 5,
) -> None:
    """Play a campaign on the members of a demo: segment, offer, approval, mail, tills, returns, result.

    On the running system of a folder that `regulars demo` made, or on one that is started for it. Business time goes
    on by two days. Each time it is another campaign; stopped anywhere, it is played anew. What it sells is sold in
    stores of the region "story", after the year, and changes none of the year's figures.
    """
    try:
        from services.story.inbox import show_inbox  # noqa: PLC0415 - the demo's packages are not part of the product
        from services.story.play import play  # noqa: PLC0415 - as above
        from services.story.stage import stage_of  # noqa: PLC0415 - as above
        from services.story.telling import StoryError  # noqa: PLC0415 - as above
    except ImportError as missing:
        fail(f"the story needs {missing.name}; run: make setup")
    configure_logs(level="WARNING", process="story")
    if inbox:
        show_inbox(console, data_dir, last)
        return
    try:
        with stage_of(data_dir.absolute()) as stage:
            play(console, stage)
    except (OfflineError, DataDirInUse, NotInstalled, NotReadyError) as error:
        fail(str(error))
    except (StoryError, UnexpectedAnswerError, NotTakenError) as error:
        fail(f"the story does not go on: {error}")
    except KeyboardInterrupt:
        console.print("Stopped. Start it again and another campaign is played.")
        raise typer.Exit(130) from None
