"""What the system of a data folder believes about time, and where its log is, fixed when the folder is made.

What a real clock has let expire cannot be taken back: a demo's folder never gets one, and no other gets a demo's.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from shared.kernel.errors import RegularsError

LOCAL = "local"
"""As `Profile.kafka`: a Kafka in the folder itself."""


class WrongFolderError(RegularsError):
    """The folder belongs to a system with another clock or time zone, or with another log."""


@dataclass(frozen=True)
class Profile:
    """A folder's time zone, its business clock (None: the machine's), and its Kafka (None: the log is embedded)."""

    time_zone: str
    business_time: str | None
    """At which moment its business clock stood at first; a file in the folder says where it stands now."""
    kafka: str | None = None
    own_databases: bool = False
    """Whether each service has a database; else a schema of one."""

    @classmethod
    def of(
        cls,
        data_dir: Path,
        time_zone: str | None = None,
        business_time: datetime | None = None,
        *,
        kafka: str | None = None,
    ) -> Profile:
        """The folder's profile; made from what is asked for in a new folder.

        Raises `WrongFolderError` when something else is asked for than what the folder was made with.
        """
        asked_time = business_time.isoformat() if business_time else None
        known = cls.read(data_dir)
        if known is None:
            made = cls(time_zone or "UTC", asked_time, kafka, own_databases=kafka is not None)
            made.keep(data_dir)
            return made
        for name, asked, given in (
            ("time zone", time_zone, known.time_zone),
            ("business clock", asked_time, known.business_time or "the machine's"),
        ):
            if asked is not None and asked != given:
                msg = f"{data_dir} was made with the {name} {given}, not {asked}; use another --data-dir"
                raise WrongFolderError(msg)
        return known

    @classmethod
    def read(cls, data_dir: Path) -> Profile | None:
        """The folder's profile, or None for a new folder."""
        path = data_dir / "profile.json"
        return cls(**json.loads(path.read_text())) if path.exists() else None

    def keep(self, data_dir: Path) -> None:
        """Makes this the folder's profile."""
        data_dir.mkdir(parents=True, exist_ok=True)
        path = data_dir / "profile.json"
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(path)

    def expect_kafka(self, asked: str | None) -> None:
        """Raises `WrongFolderError` when the folder's log is elsewhere than `asked`: there would be two logs."""
        if asked != self.kafka:
            places = {None: "embedded in PostgreSQL", LOCAL: "on a Kafka of the folder's own"}
            here, there = (places.get(kafka, f"on the Kafka at {kafka}") for kafka in (self.kafka, asked))
            move = "; move it with: regulars log export --to-kafka" if self.kafka is None else ""
            msg = f"this folder's log is {here}, not {there}{move}, or use another --data-dir"
            raise WrongFolderError(msg)
