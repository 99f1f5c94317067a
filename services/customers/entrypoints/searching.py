"""The routes behind a search box and behind lists of members: who may be meant, and what they are called."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.customers.application.ports import VaultError
from services.customers.application.profile import Language, mask_identifier, mask_name
from services.customers.application.questions import Match, question_of
from services.customers.entrypoints.answers import ProfileIdentifier
from services.customers.read_models.customer_directory.query import among
from shared.access.calls import CallDep, CallerDep
from shared.access.permissions import requires
from shared.commands.transact import transact
from shared.kernel.text import CONTROL_FREE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from services.customers.application.profile import Profile
    from services.customers.application.searches import Hit, Hits
    from services.customers.entrypoints.wiring import Wiring

HITS_MAX = 50
PROFILES_MAX = 100


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Search(_Frozen):
    """What was typed."""

    text: Annotated[
        str,
        StringConstraints(min_length=1, max_length=254, pattern=CONTROL_FREE, strip_whitespace=True),
        Field(
            description="A card, a phone number or its last digits (4 or more), an e-mail address, or a name: its"
            " beginning, the surname or given name, in characters, in pinyin or by the initials of pinyin.",
        ),
    ]
    limit: int = Field(default=20, ge=1, le=HITS_MAX)


class MemberFound(_Frozen):
    """Somebody who may be meant, under the mask."""

    customer_id: UUID
    name: str | None
    identifiers: list[ProfileIdentifier]
    language: Language
    match: Match = Field(description="What of her the text is, or begins.")
    last_seen_at: datetime | None = Field(description="When she last bought in the caller's stores.")
    last_seen_store: str | None

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """As the application found her."""
        at, store = hit.seen or (None, None)
        return cls(
            customer_id=hit.customer_id,
            name=_masked_name(hit.profile),
            identifiers=[ProfileIdentifier(kind=i.kind, value=mask_identifier(i)) for i in hit.profile.identifiers],
            language=hit.profile.language,
            match=hit.match,
            last_seen_at=at,
            last_seen_store=store,
        )


class MembersFound(_Frozen):
    """The likeliest first."""

    items: list[MemberFound]
    complete: bool = Field(description="False: there are more; a longer text finds fewer.")


class Asked(_Frozen):
    """Whose names are asked for."""

    customer_ids: list[UUID] = Field(min_length=1, max_length=PROFILES_MAX)


class MemberName(_Frozen):
    """What somebody is called, under the mask."""

    customer_id: UUID
    name: str | None = Field(description="Null: she told none.")
    language: Language = Field(description="In which she is written to.")


class MemberNames(_Frozen):
    """In the order in which they were asked for."""

    items: list[MemberName]


def add_routes(routes: APIRouter, wiring: Wiring) -> None:
    """Searching, and names for a list."""

    @routes.post(
        "/searches",
        summary="Find members by a name, a number or a card",
        description="Those whom the caller sees, under the mask, who was in her stores last first. A POST, so that"
        " nothing personal is ever part of a URL. By a whole card, phone number or e-mail address a caller who may"
        " look up finds everybody, and opens them to her stores for 24 hours as a look-up does.",
        dependencies=[requires("customers.names.read")],
    )
    def search(body: Search, call: CallDep, response: Response) -> MembersFound:
        response.headers["Cache-Control"] = "no-store"
        question, cause = question_of(body.text, wiring.recogniser), wiring.cause(call)

        def work(connection: Connection, lock: bool) -> Hits:
            return wiring.searches.search(connection, question, call.caller, cause, limit=body.limit, lock=lock)

        if question.identifiers:
            wiring.guesses.count(call.caller.name)
        found = transact(wiring.engine, work)
        if question.identifiers and found.hits:
            wiring.guesses.forgive(call.caller.name)
        return MembersFound(items=[MemberFound.of(hit) for hit in found.hits], complete=found.complete)

    @routes.post(
        "/profiles",
        summary=f"What up to {PROFILES_MAX} members are called, under the mask",
        description="For lists that know members by their ids. Who is out of the caller's scope, unknown or erased is"
        " left out.",
        dependencies=[requires("customers.profile.read")],
    )
    def name_many(body: Asked, caller: CallerDep, response: Response) -> MemberNames:
        response.headers["Cache-Control"] = "no-store"
        with wiring.engine.connect() as connection:
            seen = among(connection, wiring.members.visible_to(caller), body.customer_ids)
            found = wiring.profiles.vault.profiles(connection, seen)
        profiles = {id_: profile for id_, profile in found.items() if not isinstance(profile, VaultError)}
        return MemberNames(
            items=[
                MemberName(customer_id=id_, name=_masked_name(profiles[id_]), language=profiles[id_].language)
                for id_ in dict.fromkeys(body.customer_ids)
                if id_ in profiles
            ],
        )


def _masked_name(profile: Profile) -> str | None:
    return profile.name and mask_name(profile.name)
