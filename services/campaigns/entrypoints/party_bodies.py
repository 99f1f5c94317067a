"""What callers send about parties, signatures and claims."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.campaigns.domain.coupon.codes import coupon_id
from services.campaigns.domain.offers.definition import Name, PartyCode
from services.campaigns.domain.party.events import PartyDetails, StorePlace
from shared.kernel.text import Code

STORES_MAX = 1_000
VERSION_MAX = 2**31 - 1

Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, description="Degrees north (WGS 84).")]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, description="Degrees east (WGS 84).")]
Category = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9-]{1,60}$"),
    Field(description="What it sells, in the chain's own words, such as `tea` or `books`."),
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NewStore(_Body):
    """A store that is somewhere else than its party."""

    store: Code
    latitude: Latitude
    longitude: Longitude


class NewParty(_Body):
    """A party of joint promotions."""

    code: PartyCode
    name: Name
    category: Category
    latitude: Latitude
    longitude: Longitude
    stores: list[Code | NewStore] = Field(
        default_factory=list,
        max_length=STORES_MAX,
        description="Whose tills it runs: codes of stores, or stores with coordinates of their own.",
    )
    ours: bool = Field(default=False, description="It is the chain, or a part of it.")

    @model_validator(mode="after")
    def _each_store_once(self) -> Self:
        named = Counter(store.store_id for store in self.details().stores)
        for code, times in named.items():
            if times > 1:
                msg = f"stores names {code!r} {times} times; name each store once"
                raise ValueError(msg)
        return self

    def details(self) -> PartyDetails:
        """What is said of the party; a store without coordinates is where the party is."""
        here = {"latitude": self.latitude, "longitude": self.longitude}
        stores = [
            StorePlace(store_id=store.store, latitude=store.latitude, longitude=store.longitude)
            if isinstance(store, NewStore)
            else StorePlace(store_id=store, **here)
            for store in self.stores
        ]
        return PartyDetails(name=self.name, category=self.category, ours=self.ours, stores=tuple(stores), **here)


class NewSignature(_Body):
    """A party's agreement to a joint promotion."""

    party: PartyCode
    version: int | None = Field(
        default=None,
        ge=1,
        le=VERSION_MAX,
        description="The campaign's version that the signer has read; left out: whatever it is now.",
    )


class NewClaim(_Body):
    """Somebody at a till claims the offer."""

    customer_id: UUID | None = None
    coupon: Code | None = Field(default=None, description="For somebody who is no member: the code on her coupon.")
    store: Code | None = None
    party: PartyCode | None = Field(default=None, description="Instead of a store, where the party has none of ours.")

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.customer_id is None) == (self.coupon is None):
            msg = "a claim is of a member or of a coupon; give customer_id or coupon"
            raise ValueError(msg)
        if (self.store is None) == (self.party is None):
            msg = "a claim is made at a store or at a party; give store or party"
            raise ValueError(msg)
        if self.coupon is not None and self.coupon_id is None:
            msg = "coupon is no coupon code; a code has 16 letters and digits, such as 7ZK4-9QXM-2B8D-HV3C"
            raise ValueError(msg)
        return self

    @property
    def coupon_id(self) -> str | None:
        """The name under which the coupon is kept: its code is not."""
        return None if self.coupon is None else coupon_id(self.coupon)
