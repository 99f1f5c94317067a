"""HTTP: templates and what they would say."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.notifications.application.mustache import NAME, VALUE_LENGTH_MAX
from services.notifications.application.starters import STARTERS
from services.notifications.domain.values import Channel, Language, Template
from services.notifications.read_models.templates.query import saved_templates
from shared.access.calls import CallDep
from shared.access.permissions import requires
from shared.access.visibility import ForTheWholeChain
from shared.database.engine import reading

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from services.notifications.application.templates import Preview, TemplateBook
    from shared.kernel.clock import BusinessClock

TemplateCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
ValueName = Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")]
_CLEAN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Wording = Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=_CLEAN)]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Values = Annotated[dict[str, Annotated[str, StringConstraints(max_length=VALUE_LENGTH_MAX)]], Field(max_length=50)]


class NewTemplate(BaseModel):
    """A wording in Mustache: `{{name}}`, and `{{#code}}...{{/code}}` for what is only there with a code."""

    model_config = ConfigDict(extra="forbid")

    code: TemplateCode
    channel: Channel
    language: Language
    subject: Subject | None = Field(default=None, description="For e-mail.")
    body: Wording
    html: Wording | None = Field(default=None, description="For e-mail, where the text as simple HTML will not do.")
    values: list[ValueName] | None = Field(
        default=None,
        max_length=50,
        description="What whoever uses it will give. If told, a tag that is not among them is refused.",
    )


class TemplateView(BaseModel):
    """A template as it stands."""

    code: str
    channel: Channel
    language: Language
    subject: str | None
    body: str
    html: str | None
    version: int = Field(description="0 for one that came with the system.")
    saved_at: datetime | None
    saved_by: str | None


class TemplateList(BaseModel):
    """Every template that can be used."""

    items: list[TemplateView]


class Draft(BaseModel):
    """A wording that nobody has saved yet."""

    model_config = ConfigDict(extra="forbid")

    subject: Subject | None = None
    body: Wording
    html: Wording | None = None


class PreviewRequest(BaseModel):
    """What to render."""

    model_config = ConfigDict(extra="forbid")

    code: TemplateCode
    channel: Channel
    language: Language
    values: Values = {}
    draft: Draft | None = Field(
        default=None,
        description="To be rendered instead of what is saved; refused where it could not be saved.",
    )
    customer_id: UUID | None = Field(
        default=None,
        description="Whom it would go to. Her name is masked: a preview never asks the vault.",
    )


class PreviewView(BaseModel):
    """What it would say. Without `missing`, it can be sent."""

    language: Language = Field(description="English where there is no wording in the language asked for.")
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    missing: list[str]


def add_routes(api: APIRouter, engine: Engine, book: TemplateBook, clock: BusinessClock) -> None:
    """The routes of templates."""

    @api.get("/templates", summary="Templates", dependencies=[requires("notifications.templates.read")])
    def list_templates() -> TemplateList:
        """The chain's own, and those that came with the system and were not replaced."""
        with reading(engine) as connection:
            return TemplateList(items=_all(connection))

    @api.post(
        "/templates",
        summary="Save a template",
        status_code=201,
        response_model=TemplateView,
        dependencies=[requires("notifications.templates.write"), Depends(ForTheWholeChain())],
    )
    def save_template(body: NewTemplate, call: CallDep) -> Response:
        """A new version, unless it says the same as before. Messages that wait are sent in the new wording."""
        template = Template(body.code, body.channel, body.language, body.body, body.subject, body.html)
        cause = call.cause(clock.now())

        def done(connection: Connection, _lock: bool) -> TemplateView:
            book.save(connection, cause, template, body.values)
            return _shown(connection, template)

        return call.answer(engine, done, status=201)

    @api.post(
        "/templates/preview",
        summary="What a template would say",
        dependencies=[requires("notifications.templates.read")],
    )
    def preview(body: PreviewRequest) -> PreviewView:
        """With the values given, a made-up name, and what is missing."""
        values = dict(body.values)
        if body.customer_id is not None:
            values["name"] = "***"
        if body.draft is not None:
            draft = body.draft
            template = Template(body.code, body.channel, body.language, draft.body, draft.subject, draft.html)
            return _preview(book.preview_draft(template, values))
        with reading(engine) as connection:
            return _preview(book.preview(connection, body.code, body.channel, body.language, values))


def _preview(shown: Preview) -> PreviewView:
    if shown.content is None:
        return PreviewView(language=shown.language, missing=list(shown.missing))
    content = shown.content
    return PreviewView(
        language=shown.language, subject=content.subject, text=content.text, html=content.html, missing=[]
    )


def _all(connection: Connection) -> list[TemplateView]:
    shown = {
        key: TemplateView(**_fields(template), version=0, saved_at=None, saved_by=None)
        for key, template in STARTERS.items()
    }
    for template, version, saved_at, saved_by in saved_templates(connection):
        key = (template.code, template.channel, template.language)
        shown[key] = TemplateView(**_fields(template), version=version, saved_at=saved_at, saved_by=saved_by)
    return [shown[key] for key in sorted(shown)]


def _shown(connection: Connection, wanted: Template) -> TemplateView:
    [found] = [
        view
        for view in _all(connection)
        if (view.code, view.channel, view.language) == (wanted.code, wanted.channel, wanted.language)
    ]
    return found


def _fields(template: Template) -> dict[str, object]:
    return {name: getattr(template, name) for name in ("code", "channel", "language", "subject", "body", "html")}
