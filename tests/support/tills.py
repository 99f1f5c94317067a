"""Tills whose gateways have a spool each in one folder: filled while the line was away, emptied in another process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from services.till.running import Till
from services.till.settings import TillSettings

if TYPE_CHECKING:
    from pathlib import Path

    from shared.messaging.kafka_settings import KafkaSettings


def till_in(folder: Path, kafka: KafkaSettings, store: str, code: str) -> Till:
    """The till `code` of a store."""
    settings = TillSettings(keys_dir=folder / "keys", spool_dir=folder / "spools", spool_mib_max=256)
    return Till(settings, kafka, store, code)


def send_all(within_s: float, folder: Path, kafka: KafkaSettings, names: list[tuple[str, str]]) -> list[int]:
    """Every till at once sends what is in its spool; how much was left of each."""
    with ThreadPoolExecutor(len(names)) as shops:
        return list(shops.map(lambda name: till_in(folder, kafka, *name).send(within_s), names))
