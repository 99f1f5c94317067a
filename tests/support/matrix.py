"""Who may do what, where: the table of every route and role, and a call for each of its cells.

The table is the whole truth, written by hand. A column of letters is the roles that may call a route; `kind` says what
a caller meets outside her scope, and `expected` in words:

- `thing`, `list`, `sum`, `home`, `each`, `sends`, `opens`: of a store, or of members, who are seen with their stores;
- `chain`: changes or shows the whole chain at once; `party`: that too, but a partner may for a promotion of its own;
- `shared`, `shared-list`, `claim`: promotions and their parties, of which a partner sees its own and others all;
- `books`, `books-list`: what partners owe each other, for a partner its own, else for the whole chain only;
- `ours`, `ours-list`: for everybody who works for the chain, and no partner; `any`: for whoever has the permission;
- `export-list`: a list of members that somebody takes away, and that is written down;
- `public`: for everybody, by a link that is its own proof.
"""

from __future__ import annotations

from typing import Any

from tests.support.four_stores import STORES

LETTERS = {
    "A": "hq_admin",
    "M": "marketer",
    "P": "approver",
    "S": "store_manager",
    "C": "clerk",
    "D": "service_desk",
    "O": "privacy_officer",
    "X": "partner",
    "U": "auditor",
    "T": "till",
    "V": "service",
    "R": "operator",
}
BOUND = {"store_manager", "clerk", "till", "partner"}
"""Roles that see nothing unless their token names stores or regions; a partner never sees anything."""

MATRIX = """
                                                                                AMPSCDOXUTVR  kind
GET  /stores/v1/stores                                                          AMPSCD-XUT-R  list
GET  /stores/v1/stores/{code}                                                   AMPSCD-XUT-R  thing
POST /stores/v1/stores                                                          A----------R  thing
POST /stores/v1/stores/batch                                                    A----------R  each
POST /stores/v1/stores/{code}/tills                                             A----------R  thing
POST /stores/v1/receipts                                                        ---------T-R  sends
GET  /stores/v1/receipts/{receipt_id}                                           A--SCD--UT-R  thing
GET  /stores/v1/quarantine                                                      A--SCD--UT-R  list
POST /stores/v1/receipts/{receipt_id}/attribution                               ---S-D-----R  thing
POST /stores/v1/receipts/{receipt_id}/returns                                   ---SC----T-R  thing
POST /stores/v1/receipts/{receipt_id}/void                                      ---S-----T-R  thing
GET  /stores/v1/sales                                                           AMPS----U--R  list
GET  /stores/v1/totals                                                          AMPS----U--R  sum
POST /customers/v1/customers                                                    ---SCD-----R  home
POST /customers/v1/customers/batch                                              ---SCD-----R  each
GET  /customers/v1/customers                                                    A--SCDO-U--R  list
GET  /customers/v1/customers/{customer_id}                                      A--SCDO-U--R  thing
POST /customers/v1/customers/{customer_id}/identifiers                          ---SCD-----R  thing
GET  /customers/v1/customers/{customer_id}/consents                             A--SCDO-U--R  thing
POST /customers/v1/customers/{customer_id}/consents                             ---SCDO----R  thing
POST /customers/v1/customers/{customer_id}/consents/withdrawals                 ---SCDO----R  thing
POST /customers/v1/customers/{customer_id}/erasure                              ------O-----  thing
GET  /customers/v1/customers/{customer_id}/profile                              A--SCDO-U--R  thing
POST /customers/v1/customers/{customer_id}/profile-views                        -----DO-----  thing
POST /customers/v1/customers/{customer_id}/address-releases                     ----------V-  thing
POST /customers/v1/customers/{customer_id}/phone-views                          ---SCD------  thing
POST /customers/v1/lookups                                                      ---SCDO--T-R  opens
GET  /customers/v1/customers/{customer_id}/timeline                             A--SCDO-U--R  thing
GET  /customers/v1/customers/{customer_id}/complaints                           A--SCDO-U--R  thing
POST /customers/v1/customers/{customer_id}/complaints                           ---SCD-----R  thing
GET  /customers/v1/customers/{customer_id}/complaints/{complaint_id}            ---SCDO-----  thing
POST /customers/v1/customers/{customer_id}/complaints/{complaint_id}/closing    ---SCD-----R  thing
POST /customers/v1/customers/{customer_id}/preferences                          ---SCDO----R  thing
POST /customers/v1/address-releases                                             ----------V-  each
POST /customers/v1/searches                                                     A--SCDO-U--R  list
POST /customers/v1/profiles                                                     A--SCDO-U--R  list
GET  /customers/v1/birthdays                                                    ----------V-  chain
GET  /customers/v1/celebrations                                                 ---SCD-----R  list
GET  /loyalty/v1/accounts                                                       A--SCDO-UT-R  list
GET  /loyalty/v1/accounts/{customer_id}                                         A--SCDO-UT-R  thing
GET  /loyalty/v1/accounts/{customer_id}/statement                               A--SCDO-UT-R  thing
GET  /loyalty/v1/liability                                                      AMP-----U--R  sum
POST /loyalty/v1/redemptions                                                    ---------T-R  thing
GET  /loyalty/v1/redemptions/{redemption_id}                                    A--SCDO-UT-R  thing
POST /loyalty/v1/redemptions/{redemption_id}/confirm                            ---------T-R  thing
POST /loyalty/v1/redemptions/{redemption_id}/cancel                             ---------T-R  thing
GET  /loyalty/v1/settlements                                                    AMP----XU--R  books-list
GET  /loyalty/v1/settlements/{party}/statements/{month}                         AMP----XU--R  books
GET  /loyalty/v1/settlements/{party}/statements/{month}/lines.csv               AMP----XU--R  books
GET  /segmentation/v1/scores                                                    AMPS-D--U--R  list
GET  /segmentation/v1/customers/{customer_id}/scores                            AMPS-D--U--R  thing
GET  /segmentation/v1/cells                                                     AMPS-D--U--R  sum
GET  /segmentation/v1/cuts                                                      AMPS-D--U--R  sum
POST /segmentation/v1/sweeps                                                    AM---------R  chain
POST /segmentation/v1/segments                                                  AM---------R  chain
POST /segmentation/v1/segments/preview                                          AMPSCD--U--R  sum
GET  /segmentation/v1/segments                                                  AMPSCD--U--R  sum
GET  /segmentation/v1/segments/{code}                                           AMPSCD--U--R  ours
GET  /segmentation/v1/segments/{code}/trend                                     AMPSCD--U--R  chain
GET  /segmentation/v1/segments/{code}/members                                   AMPSCD--U--R  ours-list
GET  /segmentation/v1/segments/{code}/members/{customer_id}/why                 AMPSCD--U--R  thing
GET  /segmentation/v1/customers/{customer_id}/segments                          AMPSCD--U--R  thing
GET  /campaigns/v1/campaigns                                                    AMPSCD-XU--R  shared-list
POST /campaigns/v1/campaigns                                                    AM---------R  chain
GET  /campaigns/v1/campaigns/{campaign_id}                                      AMPSCD-XU--R  shared
PUT  /campaigns/v1/campaigns/{campaign_id}                                      AM---------R  chain
POST /campaigns/v1/campaigns/{campaign_id}/submission                           AM---------R  chain
POST /campaigns/v1/campaigns/{campaign_id}/approval                             --P--------R  chain
POST /campaigns/v1/campaigns/{campaign_id}/return                               --P--------R  chain
POST /campaigns/v1/campaigns/{campaign_id}/schedule                             AM---------R  chain
POST /campaigns/v1/campaigns/{campaign_id}/start                                AM---------R  chain
POST /campaigns/v1/campaigns/{campaign_id}/pause                                AM---------R  chain
POST /campaigns/v1/campaigns/{campaign_id}/resume                               AM---------R  chain
POST /campaigns/v1/campaigns/{campaign_id}/stop                                 AM-----X---R  party
GET  /campaigns/v1/campaigns/{campaign_id}/audience                             AMPSCD-XU--R  shared
GET  /campaigns/v1/campaigns/{campaign_id}/audience/excluded                    AMP-----U--R  chain
GET  /campaigns/v1/campaigns/{campaign_id}/result                               AMP-----U--R  chain
GET  /campaigns/v1/campaigns/{campaign_id}/redemptions                          AMP-----U--R  shared
POST /campaigns/v1/campaigns/{campaign_id}/coupons                              AM---------R  chain
POST /campaigns/v1/global-hold-out                                              A----------R  chain
GET  /campaigns/v1/parties                                                      AMPS---XU--R  shared-list
POST /campaigns/v1/parties                                                      AM---------R  chain
GET  /campaigns/v1/parties/{code}                                               AMPS---XU--R  shared
GET  /campaigns/v1/campaigns/{campaign_id}/signatures                           AMP----XU--R  shared
POST /campaigns/v1/campaigns/{campaign_id}/signatures                           -MP----X---R  party
POST /campaigns/v1/campaigns/{campaign_id}/claims                               ---SC--X-T-R  claim
POST /campaigns/v1/quotes                                                       AMPSCD--UT-R  thing
POST /campaigns/v1/checkouts                                                    ---------T-R  thing
GET  /campaigns/v1/customers/{customer_id}/offers                               A--SCDO-U--R  thing
GET  /campaigns/v1/checkouts/{checkout_id}                                      A--SCD--UT-R  thing
POST /campaigns/v1/checkouts/{checkout_id}/confirmation                         ---------T-R  thing
POST /campaigns/v1/checkouts/{checkout_id}/release                              ---------T-R  thing
GET  /notifications/v1/templates                                                AMP-----U--R  any
POST /notifications/v1/templates                                                AM---------R  chain
POST /notifications/v1/templates/preview                                        AMP-----U--R  any
GET  /notifications/v1/messages                                                 A--SCDO-U--R  list
GET  /notifications/v1/messages/{message_id}                                    A--SCDO-U--R  thing
POST /notifications/v1/messages/{message_id}/reconciliation                     A----------R  thing
GET  /notifications/v1/campaigns/{campaign_id}/funnel                           AMP-----U--R  chain
GET  /notifications/v1/suppressions                                             A--SCDO-U--R  list
POST /notifications/v1/suppressions                                             -----DO----R  thing
GET  /notifications/v1/call-list                                                ---SCD-----R  list
POST /notifications/v1/call-list/{task_id}/outcome                              ---SCD-----R  thing
GET  /console/v1/me                                                             AMPSCDOXU--R  any
GET  /console/v1/live                                                           AMPSCDOXU--R  any
GET  /console/v1/overview                                                       AMPS----U--R  sum
GET  /console/v1/stores                                                         AMPS----U--R  list
GET  /console/v1/stores/{store_id}/days                                         AMPS----U--R  thing
GET  /console/v1/today                                                          ---SCD-----R  list
GET  /console/v1/members                                                        AM-SCDO-U--R  list
GET  /console/v1/members/export.csv                                             AM-S-------R  export-list
GET  /console/v1/members/{customer_id}                                          AM-SCDO-U--R  thing
GET  /notifications/v1/unsubscribe/{token}                                      AMPSCDOXUTVR  public
POST /notifications/v1/unsubscribe/{token}                                      AMPSCDOXUTVR  public
"""
ROUTE = 80
"""Letters wide is the column of routes."""
ROWS = {
    " ".join(line[:ROUTE].split()): (
        {LETTERS[letter] for letter in line[ROUTE : ROUTE + len(LETTERS)] if letter != "-"},
        line[ROUTE + len(LETTERS) :].strip(),
    )
    for line in MATRIX.strip("\n").splitlines()[1:]
}

SERVED = tuple(dict.fromkeys(route.split("/")[1] for route in ROWS))
"""Every service. Each serves the same routes to whoever runs it."""
ROWS |= {
    f"{route.format(service)}": ({"hq_admin", "operator"}, "chain")
    for service in SERVED
    for route in (
        "GET /{}/v1/operations",
        "GET /{}/v1/operations/parked",
        "POST /{}/v1/operations/parked/redrive",
        "POST /{}/v1/operations/rebuilds",
    )
}

SCOPES: dict[str, dict[str, Any]] = {
    "east": {"regions": ["east"]},
    "chain": {},
    "partner": {"partner": "tea-house"},
    # Last: a store's look-ups open members to it.
    "E1": {"stores": ["E1"]},
}
TARGETS = {"own store": "E1", "sibling store": "E2", "other region": "W1"}
OWN_STORE = {"own store": "E1"}
PARTNERED = {"shared", "party", "claim", "books"}
"""Kinds of which a partner sees its own, and not the others': it is the first store's partner that calls."""


def seen(role: str, scope: str) -> set[str]:
    """The stores that somebody sees."""
    if role == "partner" or scope == "partner":
        return set()
    if scope == "chain":
        return set() if role in BOUND else set(STORES)
    return {"E1"} if scope == "E1" else {"E1", "E2"}


def shared(role: str, scope: str) -> set[str]:
    """The stores of whose promotions with partners somebody sees: members are in none of them."""
    if scope == "partner":
        return {"E1"}
    return set() if role == "partner" else set(STORES)


def expected(kind: str, role: str, scope: str, target: str) -> object:
    """What a call comes to: `done`, a refusal's status, the stores of which a list shows something, or how many."""
    sees, shares, everything = seen(role, scope), shared(role, scope), set(STORES)
    for_partner = role == "partner" or scope == "partner"
    own_or_whole = shares if scope == "partner" or sees == everything else set()
    there = {
        "sends": sees & {"E1"} if role == "till" else sees,
        # A store's look-up opens whoever it is; others find whom they see.
        "opens": everything if scope == "E1" and role != "partner" else sees,
        "chain": everything if sees == everything else set(),
        "shared": shares,
        "shared-list": shares,
        "claim": shares if for_partner else sees,
        "party": own_or_whole,
        "books": own_or_whole,
        "books-list": own_or_whole,
        "ours": set() if for_partner else everything,
        "any": everything,
        "public": everything,
    }.get(kind, sees)
    if kind.endswith("list"):
        return 404 if kind == "ours-list" and for_partner else there
    if kind == "sum":
        return len(there)
    refusals = {
        "home": 422,
        "each": "refused by itself",
        "sends": "refused by itself",
        "chain": 403,
        "party": 404 if for_partner else 403,
    }
    return "done" if target in there else refusals.get(kind, 404)
