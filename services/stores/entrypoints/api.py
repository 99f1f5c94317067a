"""The routes of `stores`, mounted at /api/stores/v1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from services.stores.entrypoints import receipt_routes, sales_routes, store_routes

if TYPE_CHECKING:
    from services.stores.entrypoints.wiring import Wiring


def router(wiring: Wiring) -> APIRouter:
    """Every route, wired."""
    routes = APIRouter()
    receipt_routes.add_routes(routes, wiring)
    store_routes.add_routes(routes, wiring)
    sales_routes.add_routes(routes, wiring)
    return routes
