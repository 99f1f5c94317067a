"""What the system of a data folder believes about time, fixed when the folder is made.

What a real clock has let expire cannot be taken back: a demo's folder never gets one, and no other gets a demo's.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path


class WrongFolderError(ValueError):
    """The folder belongs to a system with another clock or time zone."""


@dataclass(frozen=True)
class Profile:
    """A folder's time zone and business clock; None is the machine's clock."""

    time_zone: str
    business_time: str | None

    @classmethod
    def of(cls, data_dir: Path, time_zone: str | None, business_time: datetime | None) -> Profile:
        """The folder's profile; made from what is asked for in a new folder.

        Raises `WrongFolderError` when something else is asked for than what the folder was made with.
        """
        path = data_dir / "profile.json"
        asked_time = business_time.isoformat() if business_time else None
        if not path.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            made = cls(time_zone or "UTC", asked_time)
            draft = path.with_suffix(".draft")
            draft.write_text(json.dumps(asdict(made)))
            draft.replace(path)
            return made
        made = cls(**json.loads(path.read_text()))
        for name, asked, given in (
            ("time zone", time_zone, made.time_zone),
            ("business clock", asked_time, made.business_time or "the machine's"),
        ):
            if asked is not None and asked != given:
                msg = f"{data_dir} was made with the {name} {given}, not {asked}; use another --data-dir"
                raise WrongFolderError(msg)
        return made
