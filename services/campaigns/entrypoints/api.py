"""The HTTP side of `campaigns`: every route, each from the file of its subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from services.campaigns.entrypoints.campaigns import add_campaigns
from services.campaigns.entrypoints.parties import add_routes as add_parties
from services.campaigns.entrypoints.results import add_results

if TYPE_CHECKING:
    from services.campaigns.application.agreements import Agreements
    from services.campaigns.application.parties import Parties
    from services.campaigns.entrypoints.campaigns import Lives
    from services.campaigns.entrypoints.results import Figures


def router(lives: Lives, parties: Parties, agreements: Agreements, figures: Figures) -> APIRouter:
    """The routes of the service, but for those of tills."""
    api = APIRouter()
    add_campaigns(api, lives)
    add_results(api, lives.engine, lives.clock, figures)
    add_parties(api, lives.engine, parties, agreements, lives.clock)
    return api
