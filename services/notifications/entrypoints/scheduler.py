"""What time causes in `notifications`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.notifications.application.greetings import CALENDAR
from shared.runtime.service import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.notifications.application.greetings import Greeter
    from services.notifications.application.sending import Sender


def jobs(senders: Sequence[Sender], greeter: Greeter, *, every_s: float) -> tuple[Job, ...]:
    """Each sender looks every `every_s` seconds whether something is due; greetings are planned once per date."""
    sending = (Job(f"notifications.send.{lane}", sender.run, every_s=every_s) for lane, sender in enumerate(senders))
    return (*sending, Job(CALENDAR, greeter.run))
