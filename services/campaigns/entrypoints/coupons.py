"""Routes for a campaign's coupons and redemptions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter, Depends

from services.campaigns.entrypoints.guards import SeesCampaign, no_campaign
from services.campaigns.entrypoints.paging import Cursor, Limit
from services.campaigns.entrypoints.till_bodies import IssueCoupons, IssuedCoupon, IssuedCoupons
from services.campaigns.read_models.redemptions.query import redemptions_of
from services.campaigns.read_models.redemptions.view import RedemptionList
from shared.access.calls import CallDep, CallerDep
from shared.access.permissions import requires
from shared.access.visibility import ForTheWholeChain
from shared.commands.transact import transact
from shared.database.engine import reading
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from services.campaigns.application.coupons import Coupons
    from services.campaigns.application.till_ports import TillReads
    from shared.access.visibility import Members
    from shared.kernel.clock import BusinessClock


def add_coupons(
    api: APIRouter,
    engine: Engine,
    coupons: Coupons,
    *,
    reads: TillReads,
    members: Members,
    clock: BusinessClock,
) -> None:
    """Adds the routes."""
    guarded = Depends(SeesCampaign(engine))

    @api.post(
        "/campaigns/{campaign_id}/coupons",
        summary="Issue coupons",
        status_code=201,
        dependencies=[requires("campaigns.coupons.issue"), Depends(ForTheWholeChain())],
    )
    def issue(campaign_id: UUID, body: IssueCoupons, call: CallDep) -> IssuedCoupons:
        """Codes of 80 random bits, good once. They are shown now and never again: only their hashes are kept.

        With `customer_ids` each coupon is bound to its member, who need not type it: showing herself is enough. The
        same Idempotency-Key again is refused with `coupons_shown_once`, since there is nothing to show.
        """
        customers = tuple(body.customer_ids or ())
        cause = call.cause(clock.now())

        def work(connection: Connection, _lock: bool) -> IssuedCoupons:
            found = reads.drafts(connection, [campaign_id])
            if not found:
                raise no_campaign(campaign_id)
            batch = coupons.issue(connection, cause, found[0], count=body.count or len(customers), customers=customers)
            whose = customers or (None,) * len(batch.codes)
            return IssuedCoupons(
                batch_id=batch.batch_id,
                campaign_id=campaign_id,
                coupons=[
                    IssuedCoupon(code=code, customer_id=customer)
                    for code, customer in zip(batch.codes, whose, strict=True)
                ],
            )

        # Not `call.answer`: that keeps its answer for retries, and with it the codes.
        return transact(engine, work)

    @api.get(
        "/campaigns/{campaign_id}/redemptions",
        summary="Where and when a campaign was used",
        dependencies=[requires("campaigns.redemptions.read"), guarded],
    )
    def list_redemptions(
        campaign_id: UUID, caller: CallerDep, cursor: Cursor | None = None, limit: Limit = 50
    ) -> RedemptionList:
        """The newest first, of the members in the caller's scope."""
        with reading(engine) as connection:
            seen = members.visible_to(caller)
            page = redemptions_of(connection, campaign_id, seen, before=_place(cursor), limit=limit)
        last = page[-1] if len(page) == limit else None
        cursor = None if last is None else f"{last.reserved_at.isoformat()}~{last.redemption_id}"
        return RedemptionList(items=page, next_cursor=cursor)


def _place(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    at, _, id_ = cursor.partition("~")
    try:
        return datetime.fromisoformat(at), UUID(id_)
    except ValueError:
        msg = f"cursor {cursor!r} is none of ours; take `next_cursor` of the page before"
        raise InvalidInput(msg, field="cursor") from None
