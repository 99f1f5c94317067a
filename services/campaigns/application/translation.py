"""Campaigns and arms as the other services hear them, and the requests for messages that follow from arms.

A page of arms is one event of ours and many facts for others: each member's own, keyed by her.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.campaigns.domain.campaign import events as campaign
from services.campaigns.domain.experiment.arms import GLOBAL
from services.campaigns.domain.experiment.events import ArmsAssigned
from shared.contracts import campaigns as told
from shared.contracts.notifications import SendRequested
from shared.kernel.ids import derived_id
from shared.messaging.outbox import Origin, Published

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from services.campaigns.domain.experiment.arms import Arm
    from services.campaigns.domain.experiment.events import Invitation
    from shared.contracts.base import IntegrationEvent
    from shared.eventstore.store import Recorded


def translate(connection: Connection, batch: Sequence[Recorded[Any]]) -> Iterable[Published]:  # noqa: ARG001 - all there is to tell is in the events
    """What others need to know of `batch`; nothing of drafts and approvals, which are our own business."""
    for record in batch:
        match record.event:
            case campaign.CampaignFact():
                fact = _of_campaign(record)
                if fact is not None:
                    yield Published(record, record.stream.id, fact)
            case ArmsAssigned() as event:
                yield from _of_arms(record, event)
            case _:
                pass


def request_id_of(campaign_id: UUID, customer_id: UUID) -> UUID:
    """The one message of a campaign to a member, however often it is asked for."""
    return derived_id("campaign message", campaign_id, customer_id)


def _of_campaign(record: Recorded[Any]) -> IntegrationEvent | None:
    common: dict[str, Any] = {
        "campaign_id": UUID(record.stream.id),
        "campaign_version": record.event.version,
        "occurred_at": record.occurred_at,
    }
    match record.event:
        case campaign.CampaignStarted() as event:
            return told.CampaignStarted(
                **common,
                code=event.code,
                segment=event.segment,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
                assigned=event.assigned,
                held_out=event.held_out,
            )
        case campaign.CampaignPaused():
            return told.CampaignPaused(**common)
        case campaign.CampaignResumed():
            return told.CampaignResumed(**common)
        case campaign.CampaignEnded() as event if event.begun:
            return told.CampaignEnded(**common, reason=event.reason)
        case _:
            return None


def _of_arms(record: Recorded[Any], event: ArmsAssigned) -> Iterator[Published]:
    experiment = record.stream.id
    arms: tuple[tuple[Arm, tuple[UUID, ...]], ...] = (("treated", event.treated), ("held_out", event.held_out))
    for arm, customers in arms:
        for customer_id in customers:
            assigned = told.ArmAssigned(
                customer_id=customer_id, experiment=experiment, arm=arm, occurred_at=record.occurred_at
            )
            yield Published(_origin(record, "arm", customer_id), str(customer_id), assigned)
    if event.invitation is not None and experiment != GLOBAL:
        for customer_id in event.treated:
            asked = _request(UUID(experiment), customer_id, event.invitation, record)
            yield Published(_origin(record, "message", customer_id), str(customer_id), asked)


def _request(campaign_id: UUID, customer_id: UUID, invitation: Invitation, record: Recorded[Any]) -> SendRequested:
    return SendRequested(
        request_id=request_id_of(campaign_id, customer_id),
        customer_id=customer_id,
        purpose="marketing",
        template=invitation.template,
        channels=invitation.channels,
        values=invitation.values,
        campaign_id=campaign_id,
        experiment=str(campaign_id),
        partner=invitation.partner,
        send_after=invitation.send_after,
        expires_at=invitation.expires_at,
        occurred_at=record.occurred_at,
    )


def _origin(record: Recorded[Any], what: str, customer_id: UUID) -> Origin:
    # Many facts follow from one event: each has an id that derives from it and from whom it is about.
    id_ = derived_id(record.event_id, what, customer_id)
    return Origin(id_, record.occurred_at, record.event_id, record.correlation_id, record.trace)
