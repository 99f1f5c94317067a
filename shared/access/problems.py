"""Errors as RFC 9457 problem details: one table from error to status, one shape for all services."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg import DataError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from shared.access.errors import TooManyAttempts, Unauthenticated
from shared.access.permissions import PermissionDenied
from shared.database.engine import is_transient
from shared.kernel.errors import ConcurrencyConflict, InvalidInput, NotFound, Rejected, TransientError
from shared.kernel.text import field_path

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON_DEPTH_MAX = 32
RETRY_AFTER_S = 2
_SHOWN_ERRORS_MAX = 20
_FIELD_NAME = re.compile("[A-Za-z_]{1,32}")
_OF_MEMBERS = frozenset({"member", "customer_id"})


class TooLarge(Rejected):
    """The request is over a stated limit."""

    code = "too_large"


class Malformed(Rejected):
    """The request cannot be read at all."""

    code = "malformed"


_STATUS: tuple[tuple[type[Rejected], int], ...] = (
    (TooLarge, 413),
    (Malformed, 400),
    (NotFound, 404),
    (InvalidInput, 422),
    (Unauthenticated, 401),
    (PermissionDenied, 403),
    (TooManyAttempts, 429),
    (Rejected, 409),
)
"""The one table from error to status; the first that fits."""


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> JSONResponse:
    """The answer for an error. `code` is stable; `detail` says what was wrong and what to do."""
    return _ProblemResponse(
        {"type": f"urn:regulars:problem:{code}", "title": code.replace("_", " "), "status": status, "code": code}
        | {"detail": detail}
        | more,
        status_code=status,
        headers=dict(headers or {}),
    )


class _ProblemResponse(JSONResponse):
    """Can be said whatever it quotes: half a surrogate is text that JSON can carry and UTF-8 cannot."""

    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:  # noqa: ANN401 - as in the base class
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )


def from_error(error: Exception) -> JSONResponse:
    """The answer for any error that a route raises."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    match error:
        case Rejected():
            status = next(status for kind, status in _STATUS if isinstance(error, kind))
            return problem(status, error.code, error.message, headers=_headers(error), **_shown(error.facts))
        case ConcurrencyConflict():
            return problem(409, "conflict", "changed by somebody else in the same moment; read it again and retry")
        case _ if isinstance(error, TransientError) or is_transient(error):
            detail = "something that this needs does not answer; nothing was kept, send the same request again"
            return problem(503, "unavailable", detail, headers={"Retry-After": str(RETRY_AFTER_S)})
        case _ if isinstance(cause, DataError):
            return problem(422, "invalid_input", "a value in the request is one that no database can hold")
        case _:
            # Logged once, by the frame around the request, which knows its correlation id.
            return problem(500, "internal", "an error of ours; it is in the log under this request's correlation id")


def from_validation(error: RequestValidationError) -> JSONResponse:
    """422 with one entry per wrong field: where, what, and the value if it is short."""
    if depth_of(error.body) > JSON_DEPTH_MAX:
        return problem(422, "too_deep", f"the JSON is nested deeper than {JSON_DEPTH_MAX} levels")
    errors = error.errors()
    if any(item["type"] == "json_invalid" for item in errors):
        return problem(400, "malformed", f"the body is not JSON: {errors[0].get('ctx', {}).get('error', '')}")
    return problem(
        422,
        "invalid_input",
        "; ".join(f"{_where(item)}: {item['msg']}" for item in errors[:3]),
        errors=field_errors(errors),
    )


def field_errors(errors: Any) -> list[dict[str, object]]:  # noqa: ANN401 - pydantic's own untyped list
    """Pydantic's errors as `field`, `problem` and, where it is short, `value`. Never a whole document."""
    shown = []
    for item in errors[:_SHOWN_ERRORS_MAX]:
        entry: dict[str, object] = {"field": _where(item), "problem": item["msg"]}
        value = item.get("input")
        if _is_short(value) and not _may_be_personal(item):
            entry["value"] = value
        shown.append(entry)
    return shown


def _where(item: Any) -> str:  # noqa: ANN401 - as above
    location = item["loc"]
    if item["type"] == "extra_forbidden" and not _FIELD_NAME.fullmatch(str(location[-1])):
        # What stands where a field's name belongs could be anybody's number.
        location = (*location[:-1], "(a name with other characters than letters)")
    return field_path(location)


def _may_be_personal(item: Any) -> bool:  # noqa: ANN401 - as above
    """Whether somebody's number may stand there: where an id belongs, who a member is, a field that nobody knows."""
    location = item["loc"]
    return (
        item["type"] == "extra_forbidden"
        or location[:1] in {("path",), ("header",)}
        or not _OF_MEMBERS.isdisjoint(location)
    )


def _is_short(value: object) -> bool:
    """Whether it fits into one line, and into JSON, which has no NaN."""
    if isinstance(value, float) and not math.isfinite(value):
        return False
    return isinstance(value, str | int | float) and len(str(value)) <= 80  # noqa: PLR2004 - one line


def depth_of(value: object, limit: int = JSON_DEPTH_MAX + 1) -> int:
    """How deeply lists and objects are nested in a parsed document, counted up to `limit`."""
    level, depth = [value], 0
    while level and depth < limit:
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        ]
        depth += 1
    return depth


def install(app: FastAPI) -> None:
    """Makes every error of `app` a problem document."""

    def on_error(_request: Request, error: Exception) -> JSONResponse:
        return from_error(error)

    def on_validation(_request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, RequestValidationError):
            return from_validation(error)
        return from_error(error)

    def on_http(_request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, HTTPException):
            # 400 is FastAPI's word for a body that its JSON parser gave up on: too deep, or not UTF-8.
            code = {400: "malformed", 404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
            detail = "the body is not JSON" if error.status_code == 400 else str(error.detail)  # noqa: PLR2004
            return problem(error.status_code, code, detail)
        return from_error(error)

    # Whatever is not an answer by itself comes back to the frame around the request, and is logged there.
    for kind in (Rejected, ConcurrencyConflict, TransientError, Exception):
        app.add_exception_handler(kind, on_error)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)


def _headers(error: Rejected) -> dict[str, str]:
    match error:
        case Unauthenticated():
            return {"WWW-Authenticate": error.challenge}
        case TooManyAttempts():
            return {"Retry-After": str(error.retry_after_s)}
        case _:
            return {}


def _shown(facts: Mapping[str, object]) -> dict[str, Any]:
    return {name: value if isinstance(value, int | list | dict) else str(value) for name, value in facts.items()}
