"""Gives people's commands to campaigns. Approval looks up the signatures of a joint promotion first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from services.campaigns.domain.campaign.commands import ApproveCampaign, DraftCampaign, ReviseCampaign
from services.campaigns.domain.campaign.decider import campaign_id_of, campaign_stream
from services.campaigns.domain.campaign.errors import CampaignNotFound, other_version
from services.campaigns.domain.experiment.arms import GLOBAL
from services.campaigns.domain.experiment.commands import OpenExperiment
from services.campaigns.domain.experiment.decider import experiment_stream
from shared.commands.handler import Addressed

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from services.campaigns.domain.campaign.commands import CampaignCommand
    from services.campaigns.domain.campaign.standing import Standing
    from services.campaigns.domain.offers.definition import CampaignDraft
    from shared.commands.handler import CommandHandler
    from shared.kernel.messages import Cause


class JointPromotions(Protocol):
    """What is asked about the parties of a joint promotion; a draft that is none has none."""

    def check_parties(self, connection: Connection, draft: CampaignDraft) -> None:
        """Raises `NotFound` for a party that nobody registered."""
        ...

    def missing_signatures(
        self,
        connection: Connection,
        campaign_id: UUID,
        version: int,
        draft: CampaignDraft,
    ) -> tuple[str, ...]:
        """The parties that have not signed a version. Locks the agreement: call it before the campaign is locked."""
        ...


class FindStanding(Protocol):
    """Where a campaign stands, read without a lock; None if there is none."""

    def __call__(self, connection: Connection, campaign_id: UUID) -> Standing | None: ...


class Campaigns:
    """What people do with campaigns, inside the caller's transaction."""

    def __init__(
        self,
        handler: CommandHandler,
        find_standing: FindStanding,
        joint_promotions: JointPromotions,
    ) -> None:
        self._handler = handler
        self._find_standing = find_standing
        self._joint = joint_promotions

    def draft(self, connection: Connection, cause: Cause, definition: CampaignDraft) -> UUID:
        """Makes a campaign; its id. Raises `CodeTaken`."""
        campaign_id = campaign_id_of(definition.code)
        self._joint.check_parties(connection, definition)
        self.give(connection, campaign_id, DraftCampaign(definition, cause.actor), cause)
        return campaign_id

    def revise(
        self,
        connection: Connection,
        cause: Cause,
        campaign_id: UUID,
        definition: CampaignDraft,
        expected: int | None,
    ) -> None:
        """Replaces what a campaign says; `expected` is the version that the caller has read, if she tells."""
        self._joint.check_parties(connection, definition)
        self.give(connection, campaign_id, ReviseCampaign(definition, cause.actor, expected), cause)

    def approve(self, connection: Connection, cause: Cause, campaign_id: UUID, version: int | None) -> None:
        """Approves `version`, or the one that waits."""
        # Read without a lock, since agreements are locked before campaigns: should it be revised in between, the
        # command names the version whose signatures were looked up, and is refused.
        found = self._find_standing(connection, campaign_id)
        if found is None:
            raise CampaignNotFound(f"no campaign {campaign_id}; GET /campaigns lists them")
        if version is not None and version != found.version:
            raise other_version(version, found.version)
        missing = self._joint.missing_signatures(connection, campaign_id, found.version, found.definition)
        self.give(connection, campaign_id, ApproveCampaign(cause.actor, found.version, missing), cause)

    def set_global_hold_out(self, connection: Connection, cause: Cause, percent: int) -> None:
        """Sets the share of all members that gets no marketing. Raises `HoldOutIsSet`."""
        command = OpenExperiment(salt=GLOBAL, hold_out_percent=percent)
        self._handler.run(connection, [[Addressed(experiment_stream(), command, cause)]])[0].unwrap()

    def give(
        self,
        connection: Connection,
        campaign_id: UUID,
        command: CampaignCommand,
        cause: Cause,
    ) -> None:
        """Gives one command to one campaign. Raises what the decider refuses with."""
        self._handler.run(connection, [[Addressed(campaign_stream(campaign_id), command, cause)]])[0].unwrap()
