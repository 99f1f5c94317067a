"""Campaigns in time: they begin, their members get arms and requests for messages, page by page, and they end.

A page is one transaction. It locks the campaign, so that a stop comes before it or after it and nothing of it is sent
after a stop; it locks the experiment, which says where the page before ended. Whatever is killed between two pages
goes on with the next, and every id derives from the campaign and the member.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

import structlog

from services.campaigns.domain.campaign.commands import BeginCampaign, EndCampaign, FinishStart
from services.campaigns.domain.campaign.decider import campaign_stream
from services.campaigns.domain.experiment.arms import GLOBAL
from services.campaigns.domain.experiment.candidates import sort
from services.campaigns.domain.experiment.commands import AssignArms, OpenExperiment
from services.campaigns.domain.experiment.decider import experiment_stream
from services.campaigns.domain.experiment.events import Invitation
from shared.commands.handler import Addressed
from shared.commands.transact import transact
from shared.database.engine import is_transient
from shared.kernel.errors import TransientError
from shared.kernel.failpoints import failpoint
from shared.kernel.ids import derived_id
from shared.kernel.messages import Cause
from shared.observability import metrics
from shared.projections.erased import hold_erasures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from services.campaigns.domain.campaign.state import Campaign
    from services.campaigns.domain.experiment.candidates import Candidate
    from services.campaigns.domain.experiment.decider import Experiment
    from services.campaigns.domain.offers.definition import CampaignDraft
    from shared.commands.handler import CommandHandler
    from shared.kernel.clock import BusinessClock

log = structlog.get_logger(__name__)

SWEEP = "campaigns.sweep"
PAGE = 1_000


class NextCandidates(Protocol):
    """The next members of an audience in the order of their ids, at most `limit` after `after`, as they stand now.

    `segment` None is every member; without `channels` consent to messages is not asked for. Nobody erased is among
    them, as long as the caller holds erasures.
    """

    def __call__(
        self,
        connection: Connection,
        segment: str | None,
        channels: Sequence[str],
        after: UUID | None,
        limit: int,
    ) -> Sequence[Candidate]: ...


class DueCampaigns(Protocol):
    """The campaigns that something is due for: to begin, to be assigned further, or to end."""

    def __call__(self, connection: Connection, now: datetime) -> Sequence[UUID]: ...


class UsedUpCampaigns(Protocol):
    """The running campaigns whose whole budget is paid out. What is only reserved may come back, and is not counted."""

    def __call__(self, connection: Connection) -> Sequence[UUID]: ...


class Starting:
    """Begins, assigns and ends. Each of it may be called again, and by several at once."""

    def __init__(  # noqa: PLR0917 - its parts
        self,
        engine: Engine,
        handler: CommandHandler,
        clock: BusinessClock,
        next_candidates: NextCandidates,
        due_campaigns: DueCampaigns,
        used_up_campaigns: UsedUpCampaigns,
    ) -> None:
        self._engine = engine
        self._handler = handler
        self._clock = clock
        self._next_candidates = next_candidates
        self._due_campaigns = due_campaigns
        self._used_up_campaigns = used_up_campaigns

    def sweep(self, _business_date: date) -> None:
        """The job: what is due at the business's moment happens. A campaign that fails holds up no other."""
        with self._engine.begin() as connection:
            due = self._due_campaigns(connection, self._clock.now())
            used_up = self._used_up_campaigns(connection)
        for campaign_id in due:
            self._alone(campaign_id, self._go_on)
        for campaign_id in used_up:
            self._alone(campaign_id, self._end_used_up)

    def begin(self, connection: Connection, campaign_id: UUID, cause: Cause, *, timed: bool = False) -> None:
        """Begins a campaign, in the caller's transaction; the next sweep assigns its members."""
        command = BeginCampaign(cause.occurred_at, timed)
        decision = self._handler.run(connection, [[Addressed(campaign_stream(campaign_id), command, cause)]])[0]
        decision.unwrap()
        failpoint("campaign.before_start")

    def assign(self, campaign_id: UUID) -> None:
        """Assigns what is left of a campaign's audience, and makes it run; nothing unless it is being started."""
        more = True
        while more:
            more = transact(self._engine, partial(self._assign_page, campaign_id))
            failpoint("campaign.after_page")

    def _alone(self, campaign_id: UUID, work: Callable[[UUID], None]) -> None:
        """Work on one campaign; what goes wrong with it waits for the next sweep."""
        try:
            work(campaign_id)
        except Exception as error:
            # Not the campaign's own: without the database there is nothing to do for the others either.
            if isinstance(error, TransientError) or is_transient(error):
                raise
            metrics.SWEEP_FAILURES.labels(SWEEP).inc()
            log.exception("campaign_waits", campaign_id=str(campaign_id))

    def _go_on(self, campaign_id: UUID) -> None:
        transact(self._engine, partial(self._keep_time, campaign_id))
        self.assign(campaign_id)

    def _end_used_up(self, campaign_id: UUID) -> None:
        now = self._clock.now()
        command, cause = EndCampaign(now, "budget_used_up"), _cause(now, "used up", campaign_id)
        unit = [Addressed(campaign_stream(campaign_id), command, cause)]
        transact(self._engine, lambda connection, _: self._handler.run(connection, [unit])[0].unwrap())

    def _keep_time(self, campaign_id: UUID, connection: Connection, _lock: bool) -> None:
        now = self._clock.now()
        self.begin(connection, campaign_id, _cause(now, "begin", campaign_id), timed=True)
        stream, command = campaign_stream(campaign_id), EndCampaign(now)
        self._handler.run(connection, [[Addressed(stream, command, _cause(now, "end", campaign_id))]])[0].unwrap()

    def _assign_page(self, campaign_id: UUID, connection: Connection, _lock: bool) -> bool:
        """One page; whether there may be more."""
        hold_erasures(connection)
        campaign_at, own_at, global_at = campaign_stream(campaign_id), experiment_stream(campaign_id), _GLOBAL_AT
        # All three are contended and so locked here, in the order of all writers, until the page is committed.
        loaded = self._handler.store.load(connection, [campaign_at, own_at, global_at])
        campaign: Campaign = loaded[campaign_at].state
        experiment: Experiment = loaded[own_at].state
        whole: Experiment = loaded[global_at].state
        definition = campaign.definition
        if campaign.status != "starting" or definition is None:
            return False
        channels = definition.message.channels if definition.message else ()
        page = self._next_candidates(connection, definition.segment, channels, experiment.through, PAGE)
        found = sort(page, GLOBAL, whole.hold_out_percent)
        now = self._clock.now()
        cause = _cause(now, "page", campaign_id, experiment.through)
        last = page[-1].customer_id if page else None
        # Where nobody is held out for good, nothing has to be remembered of anybody.
        new = found.new if whole.hold_out_percent else ()
        unit = [
            Addressed(global_at, OpenExperiment(GLOBAL, 0, again=True), cause),
            Addressed(own_at, OpenExperiment(str(campaign_id), definition.hold_out_percent, again=True), cause),
            Addressed(global_at, AssignArms(new), cause),
            Addressed(own_at, AssignArms(found.eligible, found.excluded, last, _invitation(campaign)), cause),
        ]
        after: Experiment = self._handler.run(connection, [unit])[0].unwrap().states[own_at].state
        if len(page) == PAGE:
            return True
        finish = FinishStart(assigned=after.treated + after.held_out, held_out=after.held_out)
        self._handler.run(connection, [[Addressed(campaign_at, finish, cause)]])[0].unwrap()
        return False


_GLOBAL_AT = experiment_stream()


def _invitation(campaign: Campaign) -> Invitation | None:
    definition: CampaignDraft | None = campaign.definition
    if definition is None or definition.message is None or campaign.starts_at is None or campaign.ends_at is None:
        return None
    return Invitation(
        template=definition.message.template,
        channels=definition.message.channels,
        values=definition.message.values,
        partner=definition.joint.redeem_party if definition.joint else None,
        send_after=campaign.starts_at,
        expires_at=campaign.ends_at,
    )


def _cause(now: datetime, *what: object) -> Cause:
    id_ = derived_id(SWEEP, *what)
    return Cause(id_, id_, now, SWEEP)
