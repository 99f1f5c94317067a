"""Where the story is played: the running demo system of a folder, its business clock, and its mail port."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from services.attached import attach
from services.local import OfflineError, issuer_folder, running_note
from services.quiet import wait_until_quiet
from services.story.people import People
from services.systems import local_system
from shared.runtime.moving_clock import move, read_moment

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Stage:
    """A running system, as the story sees it."""

    data_dir: Path
    people: People
    clock_file: Path
    time_zone: ZoneInfo
    mail_port: int

    @classmethod
    def find(cls, data_dir: Path) -> Self:
        """The system that runs in a folder. Raises `OfflineError` when none does, or its clock cannot be moved."""
        note = running_note(data_dir)
        if note is None:
            msg = f"no system runs in {data_dir}; start it with: regulars demo --data-dir {data_dir}"
            raise OfflineError(msg)
        environment = note["environment"]
        clock = environment.get("REGULARS_CAMPAIGNS_BUSINESS_TIME_FILE")
        if clock is None:
            msg = (
                f"the business clock of {data_dir} is the machine's, and the story lets days pass; play it in a demo's"
                " folder: regulars demo --data-dir FOLDER"
            )
            raise OfflineError(msg)
        return cls(
            data_dir=data_dir,
            people=People(note["addresses"], issuer_folder(data_dir)),
            clock_file=Path(clock),
            time_zone=ZoneInfo(environment["REGULARS_CAMPAIGNS_TIME_ZONE"]),
            mail_port=int(environment["REGULARS_NOTIFICATIONS_SMTP_PORT"]),
        )

    @property
    def now(self) -> datetime:
        """The business moment, in the chain's own zone."""
        return read_moment(self.clock_file).astimezone(self.time_zone)

    def move_to(self, moment: datetime) -> None:
        """Lets business time pass until `moment`, once every service has heard what was said before.

        Does nothing when that is over. Raises `NotReadyError` when a service does not get on: hours pass in an
        instant here, in which a complaint that was just made would not get through to those who write to members.
        """
        if moment <= self.now:
            return
        with attach(self.data_dir) as view:
            wait_until_quiet(view)
        move(self.clock_file, moment)

    def next_day_at(self, hour: int, minute: int = 0, days: int = 1) -> datetime:
        """That time of day, some days from now."""
        day = self.now + timedelta(days=days)
        return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


@contextmanager
def stage_of(data_dir: Path) -> Iterator[Stage]:
    """The stage of a folder, whether its system runs already or only for as long as the story.

    Raises `OfflineError` when there is no demo's system.
    """
    if running_note(data_dir) is not None:
        yield Stage.find(data_dir)
    elif (data_dir / "postgres").is_dir():
        with local_system(data_dir):
            yield Stage.find(data_dir)
    else:
        msg = f"there is no system in {data_dir}; the story is played by members of a demo: regulars demo"
        raise OfflineError(msg)
