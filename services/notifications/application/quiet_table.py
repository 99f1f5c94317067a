"""The table of quiet hours as a chain writes it down: a JSON list of rules."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from services.notifications.domain.policy.quiet_hours import QuietRule
from services.notifications.domain.values import Channel
from shared.kernel.text import Code, field_path
from shared.runtime.settings import WrongSettings

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT = (QuietRule(time(20), time(8)),)
RULES_MAX = 200


class _Rule(BaseModel):
    """`{"from": "20:00", "to": "08:00", "regions": [...], "channels": [...], "weekdays": [6, 7], "holidays": true}`.

    What is left out matches everything. Where several rules match, the hours of each are quiet.
    """

    model_config = ConfigDict(extra="forbid")

    start: time = Field(alias="from")
    end: time = Field(alias="to")
    name: Code = "quiet hours"
    regions: frozenset[Code] | None = Field(default=None, min_length=1)
    channels: frozenset[Channel] | None = Field(default=None, min_length=1)
    weekdays: frozenset[Annotated[int, Field(ge=1, le=7)]] | None = Field(default=None, min_length=1)
    holidays: bool | None = None

    @field_validator("start", "end")
    @classmethod
    def _local(cls, value: time) -> time:
        if value.tzinfo is not None:
            message = "must have no offset: it is each member's local time"
            raise ValueError(message)
        return value


_RULES: TypeAdapter[list[_Rule]] = TypeAdapter(Annotated[list[_Rule], Field(max_length=RULES_MAX)])


def read_quiet_hours(path: Path | None) -> tuple[QuietRule, ...]:
    """The rules in a file, or the usual ones. Raises `WrongSettings` naming the rule and the field."""
    if path is None:
        return DEFAULT
    try:
        rules = _RULES.validate_json(path.read_bytes())
    except OSError as error:
        msg = f"REGULARS_NOTIFICATIONS_QUIET_HOURS_FILE: {path} cannot be read: {error.strerror}"
        raise WrongSettings(msg) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        msg = f"REGULARS_NOTIFICATIONS_QUIET_HOURS_FILE: {path}: rule {field_path(first['loc'])}: {first['msg']}"
        raise WrongSettings(msg) from None
    return tuple(QuietRule(**rule.model_dump()) for rule in rules)
