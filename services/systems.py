"""Which kind of local system a folder holds, or shall hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.distributed import DistributedSystem
from services.embedded import WORKERS, EmbeddedSystem
from services.profile import Profile

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from services.local import LocalSystem


def local_system(
    data_dir: Path,
    *,
    kafka: str | None = None,
    port: int | None = None,
    workers: int | None = None,
    time_zone: str | None = None,
    business_time: datetime | None = None,
    processes: bool = True,
) -> LocalSystem:
    """The system of a folder, of the kind that its profile says; for a new folder, with `kafka`, a distributed one.

    Raises `WrongFolderError` when the folder is of another kind than what is asked for.
    """
    known = Profile.read(data_dir)
    kafka = kafka or (known.kafka if known else None)
    if kafka is None:
        return EmbeddedSystem(
            data_dir,
            port=port,
            workers=workers or WORKERS,
            time_zone=time_zone,
            business_time=business_time,
            processes=processes,
        )
    return DistributedSystem(
        data_dir,
        kafka=kafka,
        port=port,
        replicas=workers or 1,
        time_zone=time_zone,
        business_time=business_time,
        processes=processes,
    )
