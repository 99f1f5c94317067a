"""What a decoder may do with bytes of a stranger: answer what can be kept, or refuse with an error that it declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass

from pydantic import BaseModel, TypeAdapter

from shared.contracts.receipt_checks import Invalid

_TOLD = TypeAdapter(Invalid)
DETAIL_CHARACTERS_MAX = 4_000
"""Of what is told of a broken input: a reason, not a copy."""


def checked(read: Callable[[bytes], object], *declared: type[Exception]) -> Callable[[bytes], object]:
    """`read` as the fuzzer runs it."""

    def run(data: bytes) -> object:
        try:
            answer = read(data)
        except declared as error:
            told = str(error)
        else:
            assert_can_be_kept(answer)
            return answer
        assert len(told) <= DETAIL_CHARACTERS_MAX, f"{len(told)} characters are told: {told[:200]}"
        return told

    return run


def assert_can_be_kept(value: object) -> None:  # noqa: C901 - one case per kind of value
    """No text with what PostgreSQL cannot hold or UTF-8 cannot say, no number out of all bounds."""
    match value:
        case Invalid():
            # Told to whoever sent it, and never kept.
            _TOLD.dump_json(value)
        case str():
            assert "\x00" not in value, "NUL in a text"
            value.encode()
        case bool() | None:
            pass
        case int():
            assert abs(value) < 2**63, "a number beyond bigint"
        case BaseModel():
            assert_can_be_kept(dict(value))
            value.model_dump_json()
        case Mapping():
            for name, item in value.items():
                assert_can_be_kept(name)
                assert_can_be_kept(item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                assert_can_be_kept(item)
        case _ if is_dataclass(value):
            for field in fields(value):
                assert_can_be_kept(getattr(value, field.name))
