"""The base of every integration event, and where all of them are listed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class IntegrationEvent(BaseModel):
    """A fact that a service tells the others. Producers are strict: an unknown field is a bug."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: ClassVar[str]
    """`<service>.<fact>.v<n>`: the CloudEvents type."""
    topic: ClassVar[str]
    """Where it is published; one of `shared.contracts.topics.CATALOGUE`."""


class View(BaseModel):
    """What one consumer reads of an event: the fields it uses and nothing else. Consumers are tolerant.

    Of what a field may hold they are not: a value that a computation or a column cannot take is found here, where it
    is one record's, and not in the middle of a batch. The types below are for that.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


WholeNumber = Annotated[int, Field(ge=-(2**53), le=2**53)]
"""An amount or a count: what every reader of JSON holds exactly."""
Version = Annotated[int, Field(ge=0, le=2**31 - 1)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
MemberToken = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
BusinessDate = Annotated[date, Field(ge=date(1900, 1, 1), lt=date(2300, 1, 1))]
"""A date from which can be counted on and back for years."""
Moment = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(2300, 1, 1, tzinfo=UTC))]
"""A moment that has a date in every zone."""
