"""The templates that come with the system, until the chain saves its own under the same code.

Their wordings are in `starters.json`: by code and language a subject and a body for e-mail, from which short messages
are made, and a script for clerks who call. The footer is under every marketing e-mail.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import orjson

from services.notifications.domain.values import Channel, Template, TemplateKey

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORT: tuple[Channel, ...] = ("sms", "wechat", "app")
_MEMBERSHIP = frozenset({"points-expiring"})
"""What a member must hear cannot be unsubscribed, so it offers no link."""


def _templates() -> Iterator[Template]:
    written = orjson.loads(files(__package__).joinpath("starters.json").read_bytes())
    for code, languages in written["templates"].items():
        for language, said in languages.items():
            footer = "" if code in _MEMBERSHIP else written["footer"][language]
            yield Template(code, "email", language, said["body"] + footer, said["subject"])
            for channel in _SHORT:
                yield Template(code, channel, language, " ".join(said["body"].split()))
            yield Template(code, "phone", language, said["script"])


STARTERS: dict[TemplateKey, Template] = {
    (template.code, template.channel, template.language): template for template in _templates()
}
