"""One golden example of every integration event: written by hand, committed as JSON, read back in tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from shared.contracts import campaigns, customers, loyalty, notifications, receipts, segmentation, stores

if TYPE_CHECKING:
    from shared.contracts.base import IntegrationEvent

_CUSTOMER = UUID("0190a5e4-1111-7bbb-8ccc-000000000001")
_RECEIPT = UUID("0190a5e4-2222-5bbb-8ccc-000000000002")
_OTHER = UUID("0190a5e4-3333-7bbb-8ccc-000000000003")
_SOLD = datetime.fromisoformat("2026-03-01T18:30:00+08:00")
_LATER = datetime.fromisoformat("2026-03-04T10:00:00+08:00")

_FACT = {
    "receipt_id": _RECEIPT,
    "customer_id": _CUSTOMER,
    "store_id": "SH-001",
    "business_date": date(2026, 3, 1),
    "occurred_at": _SOLD,
    "currency": "CNY",
    "total_minor": 12_990,
}
_LINES = (
    stores.SaleLine(
        line=1,
        product="6901234567892",
        category="TEA",
        quantity=Decimal(2),
        amount_minor=9_990,
        discount_minor=1_000,
    ),
    stores.SaleLine(line=2, product="2100420", category="FRUIT", quantity=Decimal("0.420"), amount_minor=3_000),
)
_RETURNED = (
    replace(_LINES[0], returned_quantity=Decimal(1), returned_minor=4_995),
    _LINES[1],
)
_DOCUMENT = _FACT | {"till_id": "3", "number": "20260301-0042"}
_POINTS = {"customer_id": _CUSTOMER, "account_version": 7, "occurred_at": _SOLD}
_CAMPAIGN = UUID("0190a5e4-6666-7bbb-8ccc-000000000006")
_CHECKOUT = UUID("0190a5e4-7777-7bbb-8ccc-000000000007")
_REDEMPTION = UUID("0190a5e4-8888-5bbb-8ccc-000000000008")
_REQUEST = UUID("0190a5e4-9999-5bbb-8ccc-000000000009")
_RUNNING = {"campaign_id": _CAMPAIGN, "campaign_version": 2, "occurred_at": _SOLD}
_REDEEMED = {
    "redemption_id": _REDEMPTION,
    "campaign_id": _CAMPAIGN,
    "campaign_version": 2,
    "customer_id": _CUSTOMER,
    "checkout_id": _CHECKOUT,
    "store_id": "SH-001",
    "business_date": date(2026, 3, 1),
    "currency": "CNY",
    "receipt_id": _RECEIPT,
}
_MEMBERSHIP = {"customer_id": _CUSTOMER, "segment": "lifecycle.cooling", "segment_version": 1}
_MESSAGE = {
    "message_id": _REQUEST,
    "customer_id": _CUSTOMER,
    "purpose": "marketing",
    "template": "win-back",
    "campaign_id": _CAMPAIGN,
}

EXAMPLES: tuple[IntegrationEvent, ...] = (
    receipts.PosReceipt(
        store="SH-001",
        till="3",
        number="20260301-0042",
        occurred_at=_SOLD,
        business_date=date(2026, 3, 1),
        total_minor=12_990,
        member_token="5f" * 32,
        lines=[
            {
                "product": "6901234567892",
                "category": "TEA",
                "quantity": 2,
                "amount_minor": 9_990,
                "discount_minor": 1_000,
            },
            {"product": "2100420", "category": "FRUIT", "quantity": Decimal("0.420"), "amount_minor": 3_000},
        ],
    ),
    stores.SaleRecorded.model_validate(
        _DOCUMENT | {"receipt_version": 1, "net_minor": 12_990, "standing": "kept", "lines": _LINES},
    ),
    stores.SaleAttributed.model_validate(
        _DOCUMENT | {"receipt_version": 3, "net_minor": 7_995, "standing": "kept", "lines": _RETURNED},
    ),
    stores.SaleDetached.model_validate(
        _FACT | {"receipt_version": 4, "net_minor": 0, "standing": "kept"},
    ),
    stores.SaleReturned.model_validate(
        _FACT
        | {
            "receipt_version": 2,
            "net_minor": 7_995,
            "standing": "kept",
            "return_id": _OTHER,
            "returned_at": _LATER,
            "returned_lines": (stores.ReturnedLine(line=1, quantity=Decimal(1), amount_minor=4_995),),
            "returned_minor": 4_995,
        },
    ),
    stores.SaleVoided.model_validate(
        _FACT | {"receipt_version": 2, "net_minor": 0, "standing": "voided", "voided_at": _LATER},
    ),
    stores.StoreRegistered(
        store_id="SH-001",
        time_zone="Asia/Shanghai",
        currency="CNY",
        region="华东",
        tills=("1", "3"),
    ),
    customers.CustomerRegistered(customer_id=_CUSTOMER, occurred_at=_SOLD, home_store="SH-001"),
    customers.IdentifierLinked(customer_id=_CUSTOMER, occurred_at=_SOLD, kind="card", token="5f" * 32),
    customers.ConsentGiven(
        customer_id=_CUSTOMER,
        occurred_at=_SOLD,
        purpose="marketing",
        channel="sms",
        text_version="2026-01-zh",
    ),
    customers.ConsentWithdrawn(customer_id=_CUSTOMER, occurred_at=_LATER, purpose="marketing", channel="sms"),
    customers.MemberOpened(customer_id=_CUSTOMER, occurred_at=_SOLD, store_id="SH-002", until=_LATER),
    customers.ComplaintOpened(
        customer_id=_CUSTOMER,
        occurred_at=_SOLD,
        complaint_id=_OTHER,
        category="service",
        store_id="SH-001",
    ),
    customers.ComplaintClosed(customer_id=_CUSTOMER, occurred_at=_LATER, complaint_id=_OTHER),
    customers.CustomerErased(customer_id=_CUSTOMER, occurred_at=_LATER, tokens=("5f" * 32,)),
    loyalty.PointsEarned.model_validate(
        _POINTS | {"points": 129, "available": 329, "receipt_id": _RECEIPT, "expires_on": date(2028, 3, 31)},
    ),
    loyalty.PointsTakenBack.model_validate(_POINTS | {"points": 50, "available": 279, "receipt_id": _RECEIPT}),
    loyalty.PointsReserved.model_validate(
        _POINTS | {"points": 200, "available": 79, "redemption_id": _OTHER, "reserved_until": _LATER},
    ),
    loyalty.PointsRedeemed.model_validate(_POINTS | {"points": 200, "available": 79, "redemption_id": _OTHER}),
    loyalty.PointsReleased.model_validate(
        _POINTS | {"points": 200, "available": 279, "redemption_id": _OTHER, "reason": "cancelled"},
    ),
    loyalty.PointsExpired.model_validate(_POINTS | {"points": 12, "available": 267, "expired_on": date(2028, 3, 31)}),
    segmentation.ScoresWithdrawn(customer_id=_CUSTOMER),
    segmentation.ScoresChanged(
        customer_id=_CUSTOMER,
        as_of=date(2026, 3, 4),
        recency=5,
        frequency=4,
        money=3,
    ),
    segmentation.SegmentEntered.model_validate(
        _MEMBERSHIP
        | {
            "membership_version": 1,
            "reason": "last purchase 61 days ago, cooling from 60",
            "occurred_at": _SOLD,
        },
    ),
    segmentation.SegmentLeft.model_validate(
        _MEMBERSHIP
        | {
            "membership_version": 2,
            "reason": "last purchase 0 days ago, cooling from 60",
            "occurred_at": _LATER,
        },
    ),
    loyalty.SettlementPosted(
        campaign_id=_CAMPAIGN,
        redemption_id=_REDEMPTION,
        redemption_version=1,
        creditor="teahouse",
        debtor="regulars",
        amount_minor=600,
        currency="CNY",
        business_date=date(2026, 3, 1),
        occurred_at=_SOLD,
    ),
    campaigns.CampaignStarted.model_validate(
        _RUNNING
        | {
            "code": "win-back-2026-03",
            "segment": "lifecycle.cooling",
            "starts_at": _SOLD,
            "ends_at": datetime.fromisoformat("2026-03-15T18:30:00+08:00"),
            "assigned": 480,
            "held_out": 48,
        },
    ),
    campaigns.CampaignPaused.model_validate(_RUNNING),
    campaigns.CampaignResumed.model_validate(_RUNNING),
    campaigns.CampaignEnded.model_validate(_RUNNING | {"reason": "budget_used_up"}),
    campaigns.ArmAssigned(customer_id=_CUSTOMER, experiment=str(_CAMPAIGN), arm="treated", occurred_at=_SOLD),
    campaigns.OfferRedeemed.model_validate(
        _REDEEMED
        | {
            "redemption_version": 1,
            "occurred_at": _SOLD,
            "discount_minor": 2_000,
            "offer": "percent",
            "over_limit": False,
        },
    ),
    campaigns.OfferReturned.model_validate(
        _REDEEMED
        | {
            "redemption_version": 2,
            "occurred_at": _LATER,
            "discount_minor": 1_250,
            "given_back_minor": 750,
        },
    ),
    campaigns.BonusPointsDue(
        customer_id=_CUSTOMER,
        campaign_id=_CAMPAIGN,
        receipt_id=_RECEIPT,
        receipt_version=1,
        points=129,
        currency="CNY",
        business_date=date(2026, 3, 1),
        occurred_at=_SOLD,
    ),
    campaigns.FundingShared(
        campaign_id=_CAMPAIGN,
        redemption_id=_REDEMPTION,
        redemption_version=1,
        redeemed_by="teahouse",
        store_id="SH-001",
        business_date=date(2026, 3, 1),
        occurred_at=_SOLD,
        currency="CNY",
        discount_minor=1_000,
        shares=(
            campaigns.FundingShare(party="regulars", amount_minor=600),
            campaigns.FundingShare(party="teahouse", amount_minor=400),
        ),
    ),
    notifications.SendRequested(
        request_id=_REQUEST,
        customer_id=_CUSTOMER,
        purpose="marketing",
        template="win-back",
        channels=("email", "sms"),
        values={"saving": "20 %"},
        campaign_id=_CAMPAIGN,
        experiment=str(_CAMPAIGN),
        send_after=_SOLD,
        expires_at=datetime.fromisoformat("2026-03-15T18:30:00+08:00"),
        occurred_at=_SOLD,
    ),
    notifications.MessagePlanned.model_validate(_MESSAGE | {"occurred_at": _SOLD}),
    notifications.MessageDeferred.model_validate(
        _MESSAGE
        | {
            "occurred_at": _SOLD,
            "rule": "quiet_hours",
            "detail": "20:00 to 08:00 in Asia/Shanghai",
            "until": datetime.fromisoformat("2026-03-02T08:00:00+08:00"),
        },
    ),
    notifications.MessageSuppressed.model_validate(
        _MESSAGE | {"occurred_at": _SOLD, "rule": "frequency_cap", "detail": "3 marketing messages in 7 days"},
    ),
    notifications.MessageSent.model_validate(_MESSAGE | {"occurred_at": _LATER, "channel": "email"}),
    notifications.MessageFailed.model_validate(
        _MESSAGE | {"occurred_at": _LATER, "channel": "email", "detail": "550 no such mailbox"},
    ),
    notifications.MessageUnknown.model_validate(
        _MESSAGE | {"occurred_at": _LATER, "channel": "email", "detail": "no answer after the end of the message"},
    ),
    notifications.Unsubscribed(customer_id=_CUSTOMER, channel="email", message_id=_REQUEST, occurred_at=_LATER),
)
