"""Routes of joint promotions: parties and who is near, signatures under a campaign, claims on its offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.campaigns.domain.agreement.errors import NotJoint
from services.campaigns.domain.claim.errors import CouponUnknown, MemberErased
from services.campaigns.domain.offers.definition import PartyCode
from services.campaigns.domain.party.errors import PartyNotFound, StoreNowhere
from services.campaigns.entrypoints.guards import SeesCampaign, no_campaign
from services.campaigns.entrypoints.party_bodies import NewClaim, NewParty, NewSignature
from services.campaigns.read_models.agreements.query import agreement_view, claim_view, is_issued, terms_of
from services.campaigns.read_models.agreements.view import AgreementView, ClaimView
from services.campaigns.read_models.parties import query
from services.campaigns.read_models.parties.view import NearbyParties, PartyPage, PartyView
from shared.access.calls import CallDep, CallerDep
from shared.access.permissions import WHOLE_CHAIN, PermissionDenied, requires
from shared.access.visibility import ForTheWholeChain, Guard, Members
from shared.database.engine import reading
from shared.kernel.text import Code

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from services.campaigns.application.agreements import Agreements
    from services.campaigns.application.parties import Parties
    from shared.access.permissions import Caller
    from shared.kernel.clock import BusinessClock

WITHIN_M_MAX = 50_000

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Within = Annotated[int, Query(ge=1, le=WITHIN_M_MAX, description="Meters from the store.")]


def add_routes(
    api: APIRouter,
    engine: Engine,
    parties: Parties,
    agreements: Agreements,
    clock: BusinessClock,
) -> None:
    """Every route of parties and of what they agree on."""
    members = Members(engine, clock)
    _add_parties(api, engine, parties, members, clock)
    _add_signatures(api, engine, agreements, clock)
    _add_claims(api, engine, agreements, members, clock)


def _add_parties(api: APIRouter, engine: Engine, parties: Parties, members: Members, clock: BusinessClock) -> None:
    @api.post(
        "/parties",
        summary="Register a party of joint promotions, or change it",
        status_code=201,
        response_model=PartyView,
        dependencies=[requires("campaigns.parties.write"), Depends(ForTheWholeChain())],
    )
    def register_party(body: NewParty, call: CallDep) -> Response:
        """A known code takes the details that are sent as a whole, and keeps whether it is ours.

        A store belongs to one party. Without coordinates of its own it is where the party is.
        """
        cause, details = call.cause(clock.now()), body.details()

        def work(connection: Connection, lock: bool) -> PartyView:
            parties.register(connection, body.code, details, cause, lock=lock)
            return _party(connection, body.code)

        return call.answer(engine, work, status=201)

    @api.get(
        "/parties",
        summary="Parties, or those near a store",
        responses={404: {"description": "No party runs the store that `near_store` names, or it is not the caller's."}},
        dependencies=[requires("campaigns.parties.read")],
    )
    def list_parties(
        caller: CallerDep,
        near_store: Annotated[Code | None, Query(description="One of our stores: partners near it, ranked.")] = None,
        within_m: Within = 1_000,
        cursor: PartyCode | None = None,
        limit: Limit = 100,
    ) -> PartyPage | NearbyParties:
        """By their codes, page by page. With `near_store`: partners within the radius, all in one page.

        Those of another category than the store's party come first, for they complement it; then the nearest.
        """
        own = caller.scope.partner
        if near_store is None:
            with reading(engine) as connection:
                page = query.parties(connection, only=own, after=cursor, limit=limit)
            return PartyPage(items=page, next_cursor=page[-1].code if len(page) == limit else None)
        seen = own is not None or members.covers(caller, near_store)
        with reading(engine) as connection:
            found = query.near(connection, near_store, within_m=within_m, only=own) if seen else None
        if found is None:
            raise StoreNowhere(near_store)
        return found

    @api.get(
        "/parties/{code}",
        summary="One party",
        dependencies=[requires("campaigns.parties.read"), Depends(SeesParty())],
    )
    def show_party(code: PartyCode) -> PartyView:
        """Where it is, what it sells, whose it is."""
        with reading(engine) as connection:
            return _party(connection, code)


def _add_signatures(api: APIRouter, engine: Engine, agreements: Agreements, clock: BusinessClock) -> None:
    guarded = Depends(SeesCampaign(engine))

    @api.get(
        "/campaigns/{campaign_id}/signatures",
        summary="Who has signed a joint promotion",
        dependencies=[requires("campaigns.agreements.read"), guarded],
    )
    def show_signatures(campaign_id: UUID) -> AgreementView:
        """Under its newest version: a revision voids what was signed before."""
        with reading(engine) as connection:
            return _agreement(connection, campaign_id)

    @api.post(
        "/campaigns/{campaign_id}/signatures",
        summary="Sign a joint promotion for a party",
        status_code=201,
        response_model=AgreementView,
        dependencies=[requires("campaigns.agreements.sign"), guarded],
    )
    def sign(campaign_id: UUID, body: NewSignature, call: CallDep) -> Response:
        """Two persons sign, one for each party; only then can it be approved. Signing again changes nothing.

        With `version`, the signature is refused if the campaign was revised since that version was read.
        """
        cause = call.cause(clock.now())

        def work(connection: Connection, _lock: bool) -> AgreementView:
            _require_own(call.caller, body.party, ours=agreements.is_ours(connection, body.party))
            agreements.sign(connection, campaign_id, body.party, cause, version=body.version)
            return _agreement(connection, campaign_id)

        return call.answer(engine, work, status=201)


def _add_claims(api: APIRouter, engine: Engine, agreements: Agreements, members: Members, clock: BusinessClock) -> None:
    @api.post(
        "/campaigns/{campaign_id}/claims",
        summary="Claim a joint promotion's offer at one party, for use at the other",
        status_code=201,
        response_model=ClaimView,
        dependencies=[requires("campaigns.claims.write"), Depends(SeesCampaign(engine))],
    )
    def claim(campaign_id: UUID, body: NewClaim, call: CallDep) -> Response:
        """For a member, or for whoever will show the coupon. Claiming again changes nothing."""
        cause = call.cause(clock.now())
        if body.store is not None and call.caller.scope.partner is None and not members.covers(call.caller, body.store):
            raise StoreNowhere(body.store)

        def work(connection: Connection, lock: bool) -> ClaimView:
            if body.coupon_id is not None and not is_issued(connection, campaign_id, body.coupon_id):
                raise CouponUnknown
            claim_id = agreements.claim(
                connection,
                campaign_id,
                cause,
                party=_claiming_party(connection, call.caller, body),
                store_id=body.store,
                customer_id=body.customer_id,
                coupon=body.coupon_id,
                lock=lock,
            )
            made = claim_view(connection, claim_id)
            if made is None:
                raise MemberErased
            return made

        return call.answer(engine, work, status=201)


class SeesParty(Guard):
    """For routes with a party's `code` in their path: a partner sees itself, the others all parties."""

    async def __call__(self, code: PartyCode, caller: CallerDep) -> None:
        if caller.scope.partner not in {None, code}:
            raise PartyNotFound(code)


def _require_own(caller: Caller, party: str, *, ours: bool) -> None:
    """A partner signs for itself, whoever works for the whole chain for a party that is ours; nobody for another."""
    if caller.scope.partner != party and not (ours and caller.scope == WHOLE_CHAIN):
        msg = f"{caller.name} may not sign for party {party!r}; somebody who works for it signs"
        raise PermissionDenied(msg)


def _claiming_party(connection: Connection, caller: Caller, body: NewClaim) -> str:
    """The party at whose till the claim is made: the store's, or, for those who may, the one that the body names."""
    scope = caller.scope
    if body.store is not None:
        party = query.party_at(connection, body.store)
        if party is None or scope.partner not in {None, party}:
            raise StoreNowhere(body.store)
        return party
    if body.party is None or (scope != WHOLE_CHAIN and scope.partner != body.party):
        msg = f"{caller.name} may not claim at party {body.party!r}; name one of your stores instead"
        raise PermissionDenied(msg)
    return body.party


def _party(connection: Connection, code: str) -> PartyView:
    found = query.party(connection, code)
    if found is None:
        raise PartyNotFound(code)
    return found


def _agreement(connection: Connection, campaign_id: UUID) -> AgreementView:
    found = agreement_view(connection, campaign_id)
    if found is not None:
        return found
    if terms_of(connection, campaign_id) is None:
        raise no_campaign(campaign_id)
    raise NotJoint("the campaign has no joint part; nobody has to sign it")
