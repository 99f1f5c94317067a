"""Every service over one database, as a process that runs them all would build them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from fastapi.routing import APIRoute

from services.campaigns import bootstrap as campaigns
from services.campaigns.settings import CampaignsSettings
from services.console import bootstrap as console
from services.console.settings import ConsoleSettings
from services.customers import bootstrap as customers
from services.customers.settings import CustomersSettings
from services.loyalty import bootstrap as loyalty
from services.loyalty.settings import LoyaltySettings
from services.notifications import bootstrap as notifications
from services.notifications.settings import NotificationsSettings
from services.segmentation import bootstrap as segmentation
from services.segmentation.settings import SegmentationSettings
from services.stores import bootstrap as stores
from services.stores.settings import StoresSettings
from shared.runtime.operations import operations_router
from shared.runtime.plant import Plant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.runtime.service import Service
    from tests.conftest import Database


def routes_of(service: Service) -> list[APIRoute]:
    """What a service serves: its own routes, and those by which it is run."""
    served = [*service.router.routes, *operations_router(service, Plant()).routes]
    return [route for route in served if isinstance(route, APIRoute)]


@contextmanager
def every_service(database: Database, keys: Path) -> Iterator[list[Service]]:
    """All of them; `keys` is the folder of their keys."""
    built = [
        stores.build(database.settings(StoresSettings, keys_dir=keys)),
        customers.build(database.settings(CustomersSettings, keys_dir=keys)),
        loyalty.build(database.settings(LoyaltySettings)),
        segmentation.build(database.settings(SegmentationSettings)),
        campaigns.build(database.settings(CampaignsSettings)),
        notifications.build(database.settings(NotificationsSettings, keys_dir=keys)),
        console.build(database.settings(ConsoleSettings)),
    ]
    yield built
    for service in built:
        service.engine.dispose()
