"""What an OpenAPI document says beyond what routes declare: who may call, and how errors are answered.

Said in one place for every service, because it is decided in one place: the door, the permissions, the one table from
error to status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from shared.access.permissions import Requires

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.routing import RouteContext

_SCHEME = "bearer"
_PROBLEM = "Problem"
_WHERE = {
    "field": {"type": "string", "examples": ["lines[0].amount_minor"]},
    "pointer": {"type": "string", "description": "RFC 6901, for a tree.", "examples": ["/rule/of/1/window_days"]},
}
_ERROR = {
    "type": "object",
    "required": ["problem"],
    "oneOf": [{"required": [name]} for name in _WHERE],
    "properties": {
        **_WHERE,
        "problem": {"type": "string"},
        "value": {"description": "What was sent, where it is short and cannot be personal."},
    },
}
_PROBLEM_SCHEMA = {
    "title": _PROBLEM,
    "description": "RFC 9457 problem details. Programs go by `code`, which never changes its meaning; `detail` is for"
    " people. An error may say more in fields of its own.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": ["urn:regulars:problem:not_found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["not_found"]},
        "detail": {"type": "string", "description": "What was wrong, and what to do."},
        "errors": {"type": "array", "items": _ERROR, "description": "Each field that was wrong."},
    },
}
_DESCRIPTIONS = {
    400: "The body is not JSON.",
    401: "The request has no token, or one that is not believed; `WWW-Authenticate` says which.",
    404: "There is nothing of this name, or it lies outside the caller's scope.",
    409: "It cannot be done as things stand; `code` says why. With `conflict`, read it again and retry.",
    413: "The body is larger than this route takes; `limit_bytes` says how much that is.",
    422: "Something in the request is not as described here; `errors` names each field.",
    503: "Something that this needs does not answer. Nothing was kept: send the same again after `Retry-After`.",
}
_UNTOLD = ("HTTPValidationError", "ValidationError")
"""FastAPI's own words for a 422, which nobody ever gets."""


class DescribedAPI(FastAPI):
    """An application with a complete OpenAPI 3.1 document. A route's own `responses` need only a description each.

    What a route says of its errors besides, a page for people, is kept beside the problem.
    """

    def openapi(self) -> dict[str, Any]:
        known = self.openapi_schema
        document = super().openapi()
        # FastAPI keeps what it made, and makes it again only when routes came to it.
        if document is not known:
            _complete(document, dict(_operations(self)))
        return document


def _operations(app: FastAPI) -> Iterator[tuple[tuple[str, str], str | None]]:
    """Each operation by path and method, and the permission that it needs."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            for method in context.methods or ():
                yield (context.path_format or "", method.lower()), _permission(context)


def _permission(context: RouteContext) -> str | None:
    for dependency in context.dependant.dependencies:
        if isinstance(dependency.call, Requires):
            return dependency.call.permission
    return None


def _complete(document: dict[str, Any], permissions: dict[tuple[str, str], str | None]) -> None:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _UNTOLD:
        schemas.pop(name, None)
    schemas[_PROBLEM] = _PROBLEM_SCHEMA
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            permission = permissions[path, method]
            operation.setdefault("tags", [path.split("/")[1]])
            if permission is not None:
                # In OpenAPI 3.1 this names the roles, here the permission, that a bearer scheme asks for.
                operation["security"] = [{_SCHEME: [permission]}]
            _add_problems(path, method, operation, permission)
    if any(permissions.values()):
        components["securitySchemes"] = {
            _SCHEME: {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "A token of the chain's OpenID Connect provider or of the built-in issuer.",
            },
        }


def _add_problems(path: str, method: str, operation: dict[str, Any], permission: str | None) -> None:
    responses: dict[str, Any] = operation["responses"]
    # FastAPI's word for it names another shape.
    responses.pop("422", None)
    for status in _statuses(path, method, operation, permission):
        responses.setdefault(str(status), {"description": _DESCRIPTIONS[status]})
    if permission is not None:
        responses.setdefault("403", {"description": f"The caller lacks the permission `{permission}`."})
    operation["responses"] = dict(sorted(responses.items()))
    for code, response in responses.items():
        if code >= "400":
            problem = {"schema": {"$ref": f"#/components/schemas/{_PROBLEM}"}}
            response["content"] = {**response.get("content", {}), "application/problem+json": problem}


def _statuses(path: str, method: str, operation: dict[str, Any], permission: str | None) -> Iterator[int]:
    yield 503
    has_body = "requestBody" in operation
    if has_body:
        yield from (400, 413)
    if has_body or operation.get("parameters"):
        yield 422
    if permission is None:
        return
    yield 401
    if "{" in path or has_body:
        yield 404
    if method != "get":
        yield 409
