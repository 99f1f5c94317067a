"""Every integration event by its CloudEvents type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.contracts import campaigns, customers, loyalty, notifications, receipts, segmentation, stores

if TYPE_CHECKING:
    from shared.contracts.base import IntegrationEvent

EVENTS: dict[str, type[IntegrationEvent]] = {
    event.type: event
    for publisher in (receipts, stores, customers, loyalty, segmentation, campaigns, notifications)
    for event in publisher.EVENTS
}
