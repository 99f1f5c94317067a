"""Who may do what: the one table from role to permissions, by least privilege.

A token names roles; what they mean is decided here and nowhere else. `docs/access.md` shows the same table to people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_READS_SALES = frozenset({"stores.stores.read", "stores.sales.read"})
_READS_FIGURES = _READS_SALES | {"segmentation.scores.read", "loyalty.liability.read"}
_READS_MEMBERS = frozenset({
    "customers.customer.read",
    "customers.consent.read",
    "customers.profile.read",
    "loyalty.accounts.read",
    "loyalty.redemptions.read",
})  # fmt: skip
_SERVES_MEMBERS = _READS_MEMBERS | {
    "customers.customer.register",
    "customers.customer.look_up",
    "customers.identifier.link",
    "customers.consent.record",
    "stores.stores.read",
    "stores.receipts.read",
}
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
})  # fmt: skip
_READS_EVERYTHING = _READS_FIGURES | _READS_MEMBERS | {"stores.receipts.read"}

ROLES: dict[str, frozenset[str]] = {
    # Runs the chain's master data and sees its figures; meets members only under their mask.
    "hq_admin": _READS_EVERYTHING | {"stores.stores.write", "segmentation.sweeps.write"},
    # Works with groups, never with persons.
    "marketer": _READS_FIGURES | {"segmentation.sweeps.write"},
    # Checks what a marketer made: sees the same figures, changes nothing else.
    "approver": _READS_FIGURES,
    # Also does what a clerk could cheat with: giving somebody a receipt afterwards, voiding one.
    "store_manager": _SERVES_MEMBERS
    | _READS_SALES
    | {"segmentation.scores.read", "stores.receipts.attribute", "stores.receipts.return", "stores.receipts.void"},
    "clerk": _SERVES_MEMBERS | {"stores.receipts.return"},
    # Helps whoever calls, also with what only the person herself may hear: unmasking is audited.
    "service_desk": _SERVES_MEMBERS
    | {"customers.profile.unmask", "segmentation.scores.read", "stores.receipts.attribute"},
    # Answers for the rights of persons: the only one who erases.
    "privacy_officer": _READS_MEMBERS
    | {
        "customers.customer.look_up",
        "customers.consent.record",
        "customers.profile.unmask",
        "customers.customer.erase",
    },
    "partner": frozenset({"stores.stores.read"}),
    "auditor": _READS_EVERYTHING,
    # A device, not a person: what a checkout needs. Points are reserved and confirmed by it.
    "till": _RUNS_A_TILL,
    # Another service of ours. It gets one address at a time, with consent, and is written down.
    "service": frozenset({"customers.address.release"}),
    # Somebody with a shell on the machine, and the demo: moves whole files and years through the APIs. Sees no
    # person without the mask and erases nobody; for that she signs in as who she is.
    "operator": _READS_EVERYTHING
    | _RUNS_A_TILL
    | _SERVES_MEMBERS
    | {"stores.stores.write", "stores.receipts.attribute", "segmentation.sweeps.write"},
}

STORE_BOUND = frozenset({"store_manager", "clerk", "till"})
"""Roles that mean nothing without stores: whoever holds one and names no store or region sees nothing."""
PARTNER_BOUND = frozenset({"partner"})
DEVICE_ROLE = "till"
"""Its tokens name their device, so that each can be revoked alone."""


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """What `roles` may do together. Roles that are not ours mean nothing here."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
