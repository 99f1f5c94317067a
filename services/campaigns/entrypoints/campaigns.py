"""Routes of a campaign's life: written, submitted, approved, scheduled, begun, paused, stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from services.campaigns.domain.campaign.commands import (
    PauseCampaign,
    ResumeCampaign,
    ReturnCampaign,
    ScheduleCampaign,
    StopCampaign,
    SubmitCampaign,
)
from services.campaigns.domain.campaign.state import Status
from services.campaigns.domain.offers.definition import CampaignDraft, SegmentCode
from services.campaigns.entrypoints.campaign_bodies import Approval, GlobalHoldOut, Return, Schedule, Stop
from services.campaigns.entrypoints.campaign_details import detail
from services.campaigns.entrypoints.guards import DecidesCampaign, SeesCampaign
from services.campaigns.entrypoints.paging import Cursor, Limit
from services.campaigns.read_models.campaigns import query
from services.campaigns.read_models.campaigns.view import CampaignDetail, CampaignPage
from shared.access.calls import Call, CallDep, CallerDep
from shared.access.permissions import requires
from shared.access.visibility import ForTheWholeChain
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from services.campaigns.application.campaigns import Campaigns
    from services.campaigns.application.starting import Starting
    from services.campaigns.domain.campaign.commands import CampaignCommand
    from shared.commands.handler import CommandHandler
    from shared.kernel.clock import BusinessClock
    from shared.kernel.messages import Cause


class Lives:
    """What the routes need: a call does something with a campaign and is answered with how it stands then."""

    def __init__(
        self,
        engine: Engine,
        handler: CommandHandler,
        campaigns: Campaigns,
        starting: Starting,
        clock: BusinessClock,
    ) -> None:
        self.engine = engine
        self.campaigns = campaigns
        self.starting = starting
        self._handler = handler
        self.clock = clock

    def answer(self, call: Call, work: Callable[[Connection, Cause], UUID], *, status: int = 200) -> Response:
        """Runs `work`, which names the campaign that it was about, and shows it."""
        cause = call.cause(self.clock.now())

        def done(connection: Connection, _lock: bool) -> CampaignDetail:
            return self.show(connection, work(connection, cause))

        return call.answer(self.engine, done, status=status)

    def give(self, call: Call, campaign_id: UUID, command: Callable[[Cause], CampaignCommand]) -> Response:
        """Gives one command to a campaign, and shows it."""

        def work(connection: Connection, cause: Cause) -> UUID:
            self.campaigns.give(connection, campaign_id, command(cause), cause)
            return campaign_id

        return self.answer(call, work)

    def set_global_hold_out(self, call: Call, percent: int) -> Response:
        """Sets the share that is held out of everything."""
        cause = call.cause(self.clock.now())

        def done(connection: Connection, _lock: bool) -> None:
            self.campaigns.set_global_hold_out(connection, cause, percent)

        return call.answer(self.engine, done, status=204)

    def show(self, connection: Connection, campaign_id: UUID) -> CampaignDetail:
        """The campaign with its history. Raises `CampaignNotFound`."""
        return detail(connection, self._handler.store, campaign_id)


def add_campaigns(api: APIRouter, lives: Lives) -> None:
    """Every route of a campaign's life."""
    _add_reading(api, lives)
    _add_writing(api, lives)
    _add_deciding(api, lives)
    _add_running(api, lives)


def _add_reading(api: APIRouter, lives: Lives) -> None:
    @api.get("/campaigns", summary="Campaigns, page by page", dependencies=[requires("campaigns.campaign.read")])
    def list_campaigns(  # noqa: PLR0917 - what a list can be asked for
        caller: CallerDep,
        status: Annotated[
            list[Status] | None, Query(description="Only those that stand here; several may be given.")
        ] = None,
        segment: SegmentCode | None = None,
        sort: Annotated[
            query.Sort, Query(description="`newest` change first, by `code`, or by when it `begins`.")
        ] = "newest",
        cursor: Cursor | None = None,
        limit: Limit = 50,
    ) -> CampaignPage:
        """Partners see those that they share."""
        with lives.engine.begin() as connection:
            items, next_cursor = query.campaigns(
                connection,
                statuses=status or [],
                segment=segment,
                party=caller.scope.partner,
                sort=sort,
                cursor=cursor,
                limit=limit,
            )
        return CampaignPage(items=items, next_cursor=next_cursor)

    @api.get(
        "/campaigns/{campaign_id}",
        summary="One campaign, its history, and what may be done next",
        dependencies=[requires("campaigns.campaign.read"), Depends(SeesCampaign(lives.engine))],
    )
    def show_campaign(campaign_id: UUID) -> CampaignDetail:
        """Who did what, when, with which version."""
        with lives.engine.begin() as connection:
            return lives.show(connection, campaign_id)


def _add_writing(api: APIRouter, lives: Lives) -> None:
    may_write = [requires("campaigns.campaign.write"), Depends(ForTheWholeChain())]

    @api.post(
        "/campaigns",
        summary="Draft a campaign",
        status_code=201,
        response_model=CampaignDetail,
        dependencies=may_write,
    )
    def draft(body: CampaignDraft, call: CallDep) -> Response:
        """Its code is its own for ever: another campaign with it is refused with `campaign_code_taken`."""
        return lives.answer(call, lambda c, cause: lives.campaigns.draft(c, cause, body), status=201)

    @api.put(
        "/campaigns/{campaign_id}",
        summary="Revise a campaign",
        response_model=CampaignDetail,
        dependencies=may_write,
    )
    def revise(
        campaign_id: UUID,
        body: CampaignDraft,
        call: CallDep,
        if_match: Annotated[
            str | None, Header(max_length=20, description='The version that was read, like `"2"`: another is refused.')
        ] = None,
    ) -> Response:
        """Makes a new version, which has to be approved by itself. Refused once it has begun or while it is checked."""
        expected = _version_of(if_match)

        def work(connection: Connection, cause: Cause) -> UUID:
            lives.campaigns.revise(connection, cause, campaign_id, body, expected)
            return campaign_id

        return lives.answer(call, work)

    @api.post(
        "/campaigns/{campaign_id}/submission",
        summary="Ask for an approval",
        response_model=CampaignDetail,
        dependencies=may_write,
    )
    def submit(campaign_id: UUID, call: CallDep) -> Response:
        """Of the version as it is; until it is approved or returned it cannot be revised."""
        return lives.give(call, campaign_id, lambda cause: SubmitCampaign(cause.actor))


def _add_deciding(api: APIRouter, lives: Lives) -> None:
    may_approve = [requires("campaigns.campaign.approve"), Depends(ForTheWholeChain())]

    @api.post(
        "/campaigns/{campaign_id}/approval",
        summary="Approve a campaign",
        response_model=CampaignDetail,
        dependencies=may_approve,
    )
    def approve(campaign_id: UUID, call: CallDep, body: Approval | None = None) -> Response:
        """By another person than whoever wrote or submitted it; of two in one moment one counts."""

        def work(connection: Connection, cause: Cause) -> UUID:
            lives.campaigns.approve(connection, cause, campaign_id, body.version if body else None)
            return campaign_id

        return lives.answer(call, work)

    @api.post(
        "/campaigns/{campaign_id}/return",
        summary="Send a campaign back",
        response_model=CampaignDetail,
        dependencies=may_approve,
    )
    def send_back(campaign_id: UUID, body: Return, call: CallDep) -> Response:
        """To its authors, with what to change."""
        return lives.give(call, campaign_id, lambda cause: ReturnCampaign(cause.actor, body.reason))


def _add_running(api: APIRouter, lives: Lives) -> None:
    may_run = [requires("campaigns.campaign.run"), Depends(ForTheWholeChain())]

    @api.post(
        "/campaigns/{campaign_id}/schedule",
        summary="Let a campaign begin by itself",
        response_model=CampaignDetail,
        dependencies=may_run,
    )
    def schedule(campaign_id: UUID, call: CallDep, body: Schedule | None = None) -> Response:
        """Not before its definition says. It ends `days` later."""
        starts_at = body.starts_at if body else None
        return lives.give(call, campaign_id, lambda cause: ScheduleCampaign(starts_at, cause.occurred_at, cause.actor))

    @api.post(
        "/campaigns/{campaign_id}/start",
        summary="Begin a campaign now",
        response_model=CampaignDetail,
        dependencies=may_run,
    )
    def start(campaign_id: UUID, call: CallDep) -> Response:
        """It is `starting` until every member of its audience has an arm, and then `running`; that takes seconds."""

        def work(connection: Connection, cause: Cause) -> UUID:
            lives.starting.begin(connection, campaign_id, cause)
            return campaign_id

        return lives.answer(call, work)

    @api.post(
        "/campaigns/{campaign_id}/pause",
        summary="Pause a campaign",
        response_model=CampaignDetail,
        dependencies=may_run,
    )
    def pause(campaign_id: UUID, call: CallDep) -> Response:
        """It offers and sends nothing until it is resumed. Its end does not move."""
        return lives.give(call, campaign_id, lambda cause: PauseCampaign(cause.actor))

    @api.post(
        "/campaigns/{campaign_id}/resume",
        summary="Resume a paused campaign",
        response_model=CampaignDetail,
        dependencies=may_run,
    )
    def resume(campaign_id: UUID, call: CallDep) -> Response:
        """It goes on where it was."""
        return lives.give(call, campaign_id, lambda cause: ResumeCampaign(cause.occurred_at, cause.actor))

    @api.post(
        "/campaigns/{campaign_id}/stop",
        summary="End a campaign for good",
        response_model=CampaignDetail,
        dependencies=[requires("campaigns.campaign.stop"), Depends(DecidesCampaign(lives.engine))],
    )
    def stop(campaign_id: UUID, call: CallDep, body: Stop | None = None) -> Response:
        """At any time, also by a party of a joint promotion. What was not sent yet is not sent."""
        note = body.reason if body else None
        return lives.give(call, campaign_id, lambda cause: StopCampaign(cause.actor, note))

    @api.post(
        "/global-hold-out",
        summary="Set who gets no marketing at all",
        status_code=204,
        response_class=Response,
        dependencies=[requires("campaigns.hold_out.write"), Depends(ForTheWholeChain())],
    )
    def set_global_hold_out(body: GlobalHoldOut, call: CallDep) -> Response:
        """A share of all members, each assigned for good when she could first be contacted.

        It is set before the first campaign begins, and cannot change afterwards; without it that campaign sets 0.
        """
        return lives.set_global_hold_out(call, body.percent)


def _version_of(if_match: str | None) -> int | None:
    if if_match is None or if_match == "*":
        return None
    try:
        return int(if_match.removeprefix("W/").strip('"'))
    except ValueError:
        msg = f"If-Match {if_match!r} is not a version; send the `version` that was read, in quotes"
        raise InvalidInput(msg, field="If-Match") from None
