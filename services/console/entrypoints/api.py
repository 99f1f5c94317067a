"""The routes of `console`, mounted at /api/console/v1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from services.console.entrypoints import board_routes, live_routes, member_routes

if TYPE_CHECKING:
    from services.console.entrypoints.live import LiveFeed
    from services.console.entrypoints.wiring import Wiring


def router(wiring: Wiring, feed: LiveFeed) -> APIRouter:
    """Every route, wired."""
    routes = APIRouter()
    board_routes.add_routes(routes, wiring)
    member_routes.add_routes(routes, wiring)
    live_routes.add_routes(routes, wiring, feed)
    return routes
