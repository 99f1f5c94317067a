"""The checkouts' events as the other services hear them: redemptions, bonus points, and who funds what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.campaigns.domain.checkout.events import CheckoutConfirmed, SaleFollowed
from services.campaigns.domain.funding import split
from shared.contracts import campaigns as told
from shared.kernel.ids import derived_id
from shared.messaging.outbox import Origin, Published

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from services.campaigns.domain.checkout.events import CheckoutFact
    from services.campaigns.domain.checkout.values import Use
    from shared.contracts.base import IntegrationEvent
    from shared.eventstore.store import Recorded


def translate_checkouts(connection: Connection, batch: Sequence[Recorded[Any]]) -> Iterable[Published]:  # noqa: ARG001 - all there is to tell is in the events
    """What is told of the checkouts in `batch`; of events of other streams nothing."""
    for record in batch:
        match record.event:
            case CheckoutConfirmed() as event:
                for use in event.uses:
                    yield _redeemed(record, event, use, event.receipt_id)
                    yield from _funded(record, event, use, event.business_date)
            case SaleFollowed() as event:
                yield from _followed(record, event)


def _followed(record: Recorded[Any], event: SaleFollowed) -> Iterator[Published]:
    for use in event.uses:
        if not use.given_back_minor:
            yield _redeemed(record, event, use, event.receipt_id)
            continue
        yield _published(
            record,
            use.redemption_id,
            _key(event, use),
            told.OfferReturned(
                **_fact(record, event, use),
                receipt_id=event.receipt_id,
                given_back_minor=use.given_back_minor,
            ),
        )
        yield from _funded(record, event, use, event.moved_on)
    for due in event.points:
        yield _published(
            record,
            due.redemption_id,
            str(due.customer_id),
            told.BonusPointsDue(
                customer_id=due.customer_id,
                campaign_id=due.campaign_id,
                receipt_id=event.receipt_id,
                # Grows with all that is told of the receipt here, in whatever order its own versions were heard.
                receipt_version=record.version,
                points=due.points,
                currency=event.currency,
                business_date=event.business_date,
                occurred_at=record.occurred_at,
            ),
            str(due.customer_id),
        )


def _redeemed(record: Recorded[Any], event: CheckoutFact, use: Use, receipt_id: UUID | None) -> Published:
    fact = told.OfferRedeemed(
        **_fact(record, event, use), offer=use.offer, receipt_id=receipt_id, over_limit=use.over_limit
    )
    return _published(record, use.redemption_id, _key(event, use), fact)


def _funded(record: Recorded[Any], event: CheckoutFact, use: Use, moved_on: date) -> Iterator[Published]:
    """`business_date` is the day on which the discount was given, or on which part of it came back."""
    if use.funding is None:
        return
    yield _published(
        record,
        use.redemption_id,
        str(use.campaign_id),
        told.FundingShared(
            campaign_id=use.campaign_id,
            redemption_id=use.redemption_id,
            redemption_version=use.version,
            redeemed_by=use.funding.redeemed_by,
            store_id=event.store_id,
            business_date=moved_on,
            occurred_at=record.occurred_at,
            currency=event.currency,
            discount_minor=use.discount_minor,
            shares=tuple(
                told.FundingShare(party, minor) for party, minor in split(use.discount_minor, use.funding.shares)
            ),
        ),
    )


def _fact(record: Recorded[Any], event: CheckoutFact, use: Use) -> dict[str, Any]:
    return {
        "redemption_id": use.redemption_id,
        "redemption_version": use.version,
        "campaign_id": use.campaign_id,
        "campaign_version": use.campaign_version,
        "customer_id": event.customer_id,
        "checkout_id": UUID(record.stream.id),
        "store_id": event.store_id,
        "business_date": event.business_date,
        "occurred_at": record.occurred_at,
        "currency": event.currency,
        "discount_minor": use.discount_minor,
    }


def _key(event: CheckoutFact, use: Use) -> str:
    return str(event.customer_id or use.campaign_id)


def _published(
    record: Recorded[Any],
    redemption_id: UUID,
    key: str,
    fact: IntegrationEvent,
    *more: str,
) -> Published:
    """One event of ours tells several things, even of one kind: each gets an id of its own, always the same."""
    origin = Origin(
        event_id=derived_id(record.event_id, fact.type, redemption_id, *more),
        occurred_at=record.occurred_at,
        causation_id=record.causation_id,
        correlation_id=record.correlation_id,
        trace=record.trace,
    )
    return Published(origin, key, fact)
