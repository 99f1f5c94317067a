"""Who may do what: the one table from role to permissions, by least privilege.

A token names roles; what they mean is decided here and nowhere else. `docs/access.md` shows the same table to people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIGNS_IN = frozenset({"console.me.read", "console.live.read"})
"""What every person has who opens the page."""
_READS_BOARDS = frozenset({"console.overview.read", "console.stores.read"})
_READS_SALES = frozenset({"stores.stores.read", "stores.sales.read"})
_OPERATES = frozenset({"operations.read", "operations.write"})
_READS_CAMPAIGNS = frozenset({
    "campaigns.campaign.read",
    "campaigns.results.read",
    "campaigns.audience.read",
    "campaigns.redemptions.read",
    "campaigns.quotes.read",
})  # fmt: skip
_READS_PARTNERS = frozenset({"campaigns.parties.read", "campaigns.agreements.read", "loyalty.settlements.read"})
_SIGNS = frozenset({"campaigns.agreements.sign"})
_SHARES_CAMPAIGNS = _SIGNS | {"campaigns.parties.write"}
_READS_MESSAGES = frozenset({"notifications.templates.read", "notifications.funnel.read"})
_READS_CONTACTS = frozenset({"notifications.messages.read", "notifications.suppressions.read"})
_CALLS_MEMBERS = frozenset({"notifications.calls.read", "notifications.calls.write"})
_READS_FIGURES = (
    _SIGNS_IN
    | _READS_BOARDS
    | _READS_MESSAGES
    | _READS_SALES
    | _READS_CAMPAIGNS
    | _READS_PARTNERS
    | {"segmentation.scores.read", "segmentation.segments.read", "loyalty.liability.read"}
)
_RUNS_CAMPAIGNS = frozenset({
    "campaigns.campaign.write",
    "campaigns.campaign.run",
    "campaigns.campaign.stop",
    "campaigns.coupons.issue",
})  # fmt: skip
_READS_MEMBERS = _SIGNS_IN | _READS_CONTACTS | frozenset({
    "console.members.read",
    "customers.customer.read",
    "customers.names.read",
    "campaigns.offers.read",
    "customers.consent.read",
    "customers.profile.read",
    "customers.timeline.read",
    "customers.complaints.read",
    "loyalty.accounts.read",
    "loyalty.redemptions.read",
})  # fmt: skip
_SERVES_MEMBERS = (
    _READS_MEMBERS
    | {"console.today.read", "customers.celebrations.read"}
    | _CALLS_MEMBERS
    | {
        "customers.customer.register",
        "customers.customer.look_up",
        "customers.identifier.link",
        "customers.consent.record",
        "customers.preferences.record",
        "customers.complaints.record",
        "campaigns.campaign.read",
        "campaigns.quotes.read",
        "campaigns.checkouts.read",
        "segmentation.segments.read",
        "stores.stores.read",
        "stores.receipts.read",
    }
)
_RUNS_A_TILL = frozenset({
    "stores.stores.read",
    "stores.receipts.write",
    "stores.receipts.read",
    "stores.receipts.return",
    "stores.receipts.void",
    "customers.customer.look_up",
    "loyalty.accounts.read",
    "loyalty.redemptions.read",
    "loyalty.redemptions.write",
    "campaigns.claims.write",
    "campaigns.quotes.read",
    "campaigns.checkouts.read",
    "campaigns.checkouts.write",
})  # fmt: skip
_READS_EVERYTHING = _READS_FIGURES | _READS_MEMBERS | {"stores.receipts.read", "campaigns.checkouts.read"}

ROLES: dict[str, frozenset[str]] = {
    # Runs the chain's master data and sees its figures; meets members only under their mask.
    "hq_admin": _READS_EVERYTHING
    | _OPERATES
    | {"console.members.export"}
    | {"campaigns.parties.write"}
    | _RUNS_CAMPAIGNS
    | {"campaigns.hold_out.write", "stores.stores.write", "segmentation.segments.write", "segmentation.sweeps.write"}
    | {"notifications.templates.write", "notifications.messages.reconcile"},
    # Works with groups, never with persons: members of a list have no names for them.
    "marketer": _READS_FIGURES
    | {"console.members.read", "console.members.export"}
    | _RUNS_CAMPAIGNS
    | _SHARES_CAMPAIGNS
    | {"notifications.templates.write", "segmentation.segments.write", "segmentation.sweeps.write"},
    # Checks what a marketer made: sees the same figures, and decides whether it may run.
    "approver": _READS_FIGURES | _SIGNS | {"campaigns.campaign.approve"},
    # Also does what a clerk could cheat with: giving somebody a receipt afterwards, voiding one.
    "store_manager": _SERVES_MEMBERS
    | {"campaigns.parties.read", "campaigns.claims.write"}
    | _READS_SALES
    | _READS_BOARDS
    | {"console.members.export"}
    | {"segmentation.scores.read", "stores.receipts.attribute", "stores.receipts.return", "stores.receipts.void"}
    | {"customers.complaint_texts.read", "customers.phone.view"},
    # Sees the number of whom she is to call, audited, and nothing else without the mask.
    "clerk": _SERVES_MEMBERS
    | {"campaigns.claims.write", "customers.complaint_texts.read", "customers.phone.view", "stores.receipts.return"},
    # Helps whoever calls, also with what only the person herself may hear: unmasking is audited.
    "service_desk": _SERVES_MEMBERS
    | {"customers.profile.unmask", "customers.complaint_texts.read", "customers.phone.view"}
    | {"notifications.suppressions.write", "segmentation.scores.read", "stores.receipts.attribute"},
    # Answers for the rights of persons: the only one who erases.
    "privacy_officer": _READS_MEMBERS
    | {
        "customers.customer.look_up",
        "customers.consent.record",
        "customers.preferences.record",
        "customers.profile.unmask",
        "customers.complaint_texts.read",
        "customers.customer.erase",
        "notifications.suppressions.write",
    },
    # Sees, signs and stops what it has a part in, and gives out claims at its own tills.
    "partner": _READS_PARTNERS
    | _SIGNS
    | _SIGNS_IN
    | {"campaigns.campaign.read", "campaigns.campaign.stop", "campaigns.claims.write", "stores.stores.read"},
    "auditor": _READS_EVERYTHING,
    # A device, not a person: what a checkout needs. Points are reserved and confirmed by it.
    "till": _RUNS_A_TILL,
    # Another service of ours. It gets an address for each message, with consent, and is written down.
    "service": frozenset({"customers.address.release", "customers.birthdays.read"}),
    # Somebody with a shell on the machine, and the demo: moves whole files and years through the APIs. Sees no
    # person without the mask and erases nobody; for that she signs in as who she is.
    "operator": _READS_EVERYTHING
    | _OPERATES
    | {"console.members.export"}
    | _RUNS_A_TILL
    | _SERVES_MEMBERS
    | _RUNS_CAMPAIGNS
    | _SHARES_CAMPAIGNS
    | {"campaigns.campaign.approve", "campaigns.hold_out.write"}
    | {"notifications.templates.write", "notifications.messages.reconcile", "notifications.suppressions.write"}
    | {"stores.stores.write", "stores.receipts.attribute", "segmentation.segments.write", "segmentation.sweeps.write"},
}

STORE_BOUND = frozenset({"store_manager", "clerk", "till"})
"""Roles that mean nothing without stores: whoever holds one and names no store or region sees nothing."""
PARTNER_BOUND = frozenset({"partner"})
DEVICE_ROLE = "till"
"""Its tokens name their device, so that each can be revoked alone."""


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """What `roles` may do together. Roles that are not ours mean nothing here."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
