"""Routes whose bodies are personal: an answer about a wrong field says which and why, and repeats no value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from shared.kernel.text import field_path

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from fastapi import Request, Response


class PrivateRoute(APIRoute):
    """Takes the values out of validation errors before they are answered or logged anywhere."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_privately(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                # The body stays: how deeply it is nested is looked at, and it is answered nowhere.
                raise RequestValidationError(without_values(error.errors()), body=error.body) from None

        return handle_privately


def without_values(errors: Sequence[Any]) -> list[dict[str, Any]]:
    """Pydantic's errors without what was sent, and without names that the sender made up."""
    cleaned = []
    for error in errors:
        kept = {name: error[name] for name in ("type", "loc", "msg", "ctx") if name in error}
        if error["type"] == "extra_forbidden":
            kept["loc"] = error["loc"][:-1]
            kept["msg"] = "an unknown field; the fields are in the API's description"
        cleaned.append(kept)
    return cleaned


def describe(errors: Sequence[Any]) -> str:
    """What is wrong with a document, in one sentence per field."""
    return "; ".join(f"{field_path(error['loc'])}: {error['msg']}" for error in without_values(errors)[:3])
