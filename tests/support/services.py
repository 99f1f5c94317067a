"""Every service over one database, as a process that runs them all would build them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from services.customers import bootstrap as customers
from services.customers.settings import CustomersSettings
from services.loyalty import bootstrap as loyalty
from services.loyalty.settings import LoyaltySettings
from services.segmentation import bootstrap as segmentation
from services.segmentation.settings import SegmentationSettings
from services.stores import bootstrap as stores
from services.stores.settings import StoresSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.runtime.service import Service
    from tests.conftest import Database


@contextmanager
def every_service(database: Database, keys: Path) -> Iterator[list[Service]]:
    """All of them; `keys` is the folder of their keys."""
    built = [
        stores.build(database.settings(StoresSettings, keys_dir=keys)),
        customers.build(database.settings(CustomersSettings, keys_dir=keys)),
        loyalty.build(database.settings(LoyaltySettings)),
        segmentation.build(database.settings(SegmentationSettings)),
    ]
    yield built
    for service in built:
        service.engine.dispose()
