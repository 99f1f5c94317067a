"""The routes of the service, from their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from services.notifications.entrypoints import calling, messages, suppressing, templates, unsubscribing
from shared.access.visibility import Members

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.notifications.application.contacts import Contacts
    from services.notifications.application.links import UnsubscribeLinks
    from services.notifications.application.templates import TemplateBook
    from shared.kernel.clock import BusinessClock


def router(
    engine: Engine, contacts: Contacts, book: TemplateBook, links: UnsubscribeLinks, clock: BusinessClock
) -> APIRouter:
    """All of them."""
    api = APIRouter()
    members = Members(engine, clock)
    messages.add_routes(api, engine, members, contacts, clock)
    templates.add_routes(api, engine, book, clock)
    suppressing.add_routes(api, engine, members, contacts, clock)
    calling.add_routes(api, engine, members, contacts, clock)
    unsubscribing.add_routes(api, engine, links, contacts, clock)
    return api
