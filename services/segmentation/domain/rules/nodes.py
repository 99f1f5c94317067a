"""The nodes of a rule. Everything a rule can say is here; what it means is in `evaluation`.

A node says what it is by its `kind`. Its leaves are plainly true or false of every member: what is not known of
somebody is false, and `not` turns that into true.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.segmentation.domain.lifecycle import Stage
from shared.kernel.text import Code

WINDOW_DAYS_MAX = 400
"""A year and the weeks around it: last year's season can still be asked for."""
DAYS_MAX = 36_500
NUMBER_MAX = 10**15
LIST_MAX = 100
CHILDREN_MAX = 20

Dimension = Literal["recency", "frequency", "money"]
Measure = Literal["receipts", "amount", "days"]
RfmClass = Literal[
    "champions",
    "slipping_champions",
    "big_spenders",
    "lapsed_spenders",
    "regulars",
    "slipping_regulars",
    "occasional",
    "dormant",
]
Codes = Annotated[tuple[Code, ...], Field(max_length=LIST_MAX)]


class _Node(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Bounded(_Node):
    """A number from `min` to `max`, both included; one of them may be left out."""

    min: Annotated[int, Field(strict=True, ge=0, le=NUMBER_MAX)] | None = None
    max: Annotated[int, Field(strict=True, ge=0, le=NUMBER_MAX)] | None = None

    @model_validator(mode="after")
    def _bounds_are_some(self) -> _Bounded:
        if self.min is None and self.max is None:
            kind = "bounds_missing"
            raise PydanticCustomError(kind, "give min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            kind = "bounds_crossed"
            text = "min {min} is more than max {max}: nobody would be in; swap them"
            raise PydanticCustomError(kind, text, {"min": self.min, "max": self.max})
        return self

    def takes(self, number: int) -> bool:
        """Whether the number is within the bounds."""
        return (self.min is None or number >= self.min) and (self.max is None or number <= self.max)


class AllOf(_Node):
    """True where every node in `of` is."""

    kind: Literal["all"]
    of: Annotated[tuple[Node, ...], Field(min_length=1, max_length=CHILDREN_MAX)]


class AnyOf(_Node):
    """True where at least one node in `of` is."""

    kind: Literal["any"]
    of: Annotated[tuple[Node, ...], Field(min_length=1, max_length=CHILDREN_MAX)]


class Not(_Node):
    """True where the node in `of` is not."""

    kind: Literal["not"]
    of: Node


class InStage(_Node):
    """Her stage of life is one of these."""

    kind: Literal["lifecycle"]
    in_: Annotated[tuple[Stage, ...], Field(alias="in", min_length=1)]


class InClass(_Node):
    """Her class of scores is one of these."""

    kind: Literal["rfm_class"]
    in_: Annotated[tuple[RfmClass, ...], Field(alias="in", min_length=1)]


class HasScore(_Bounded):
    """One of her three scores, 1 (worst) to 5 (best)."""

    kind: Literal["score"]
    dimension: Dimension


class Registered(_Bounded):
    """So many days ago she became a member."""

    kind: Literal["registered"]


class HomeStore(_Node):
    """She registered in one of these stores."""

    kind: Literal["home_store"]
    in_: Annotated[Codes, Field(alias="in", min_length=1)]


class LastPurchase(_Bounded):
    """So many days ago she bought last."""

    kind: Literal["last_purchase"]


class Purchases(_Bounded):
    """What she bought in the last `window_days` days, today among them: receipts, their amount, or days with one.

    With categories or products, receipts and days count that have such a line left, and the amount is those lines'.
    A line must be of one of the categories and, if both are given, also one of the products.
    """

    kind: Literal["purchases"]
    measure: Measure
    window_days: Annotated[int, Field(strict=True, ge=1, le=WINDOW_DAYS_MAX)]
    stores: Codes = ()
    categories: Codes = ()
    products: Codes = ()

    @property
    def by_item(self) -> bool:
        """Whether single lines are looked at."""
        return bool(self.categories or self.products)


class HasConsent(_Node):
    """She agreed to a purpose; for marketing by a channel, or by any if none is named."""

    kind: Literal["consent"]
    purpose: Literal["membership", "profiling", "marketing"]
    channel: Literal["sms", "email", "phone", "post", "wechat", "app"] | None = None


Leaf = InStage | InClass | HasScore | Registered | HomeStore | LastPurchase | Purchases | HasConsent
Node = Annotated[AllOf | AnyOf | Not | Leaf, Field(discriminator="kind")]

for _model in (AllOf, AnyOf, Not):
    _model.model_rebuild()
