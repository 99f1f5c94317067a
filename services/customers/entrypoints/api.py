"""The routes of `customers`, mounted at /api/customers/v1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from services.customers.entrypoints import (
    addressing,
    celebrating,
    changes,
    complaining,
    reading,
    registering,
    searching,
)
from services.customers.entrypoints.private_route import PrivateRoute

if TYPE_CHECKING:
    from services.customers.entrypoints.wiring import Wiring


def router(wiring: Wiring) -> APIRouter:
    """Every route, wired."""
    routes = APIRouter(route_class=PrivateRoute)
    registering.add_routes(routes, wiring)
    changes.add_routes(routes, wiring)
    reading.add_routes(routes, wiring)
    complaining.add_routes(routes, wiring)
    addressing.add_routes(routes, wiring)
    celebrating.add_routes(routes, wiring)
    searching.add_routes(routes, wiring)
    return routes
