"""The read models of the till's side: limits, coupons, checkouts, redemptions."""

from __future__ import annotations

from services.campaigns.read_models.budgets.projection import PROJECTION as BUDGETS
from services.campaigns.read_models.checkouts.projection import PROJECTION as CHECKOUTS
from services.campaigns.read_models.coupons.projection import PROJECTION as COUPONS
from services.campaigns.read_models.redemptions.projection import PROJECTION as REDEMPTIONS

PROJECTIONS = (BUDGETS, COUPONS, CHECKOUTS, REDEMPTIONS)
