"""What somebody may mean by a text that she searches with: an identifier, the end of a phone number, or a name."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from services.customers.application import naming
from services.customers.application.naming import Kind
from services.customers.domain.values import IdentifierKind
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.customers.application.identifiers import Identifier, Recogniser
    from services.customers.application.profile import Profile

Match = Literal["card", "phone", "email", "phone_end"] | Kind

PHONE_END = 4
_NUMBERED: tuple[IdentifierKind, ...] = ("card", "phone")
_FILLING = re.compile(r"[\s.\-()/]+")
_DIGITS = re.compile(r"\+?[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    """A text as it may be meant. Personal: nothing of it is shown by `repr`."""

    identifiers: tuple[Identifier, ...] = field(default=(), repr=False)
    """Whole identifiers, of which each belongs to one member at most."""
    phone_end: str = field(default="", repr=False)
    words: tuple[str, ...] = field(default=(), repr=False)
    """Beginnings of parts of a name, all of which have to be there."""

    @property
    def terms(self) -> frozenset[str]:
        """What the vault's index is asked for; a member must have all of them."""
        if self.phone_end:
            return frozenset({_end(self.phone_end)})
        return frozenset(_named(naming.term_of(word)) for word in self.words)

    def matched(self, profile: Profile) -> Match | None:
        """What of `profile` answers the question; None where nothing does, and a term was shared by chance."""
        if self.phone_end:
            ends = any(i.kind == "phone" and i.value.endswith(self.phone_end) for i in profile.identifiers)
            return "phone_end" if ends else None
        return naming.matched(profile.name, self.words) if profile.name else None


def terms_of(profile: Profile) -> frozenset[str]:
    """Every term under which the vault's index holds somebody."""
    named = map(_named, naming.terms_of(profile.name)) if profile.name else ()
    ends = (_end(i.value) for i in profile.identifiers if i.kind == "phone")
    return frozenset((*named, *ends))


def question_of(text: str, recogniser: Recogniser) -> Question:
    """How `text` may be meant. Raises `InvalidInput` for one that says nothing."""
    text = unicodedata.normalize("NFKC", text)
    if "@" in text:
        return Question(_email(text, recogniser))
    bare = _FILLING.sub("", text)
    # Every card and number has a digit: no name is looked for among them, let alone opened by chance.
    identifiers = tuple(_readable(text, recogniser)) if any(map(str.isdigit, bare)) else ()
    if _DIGITS.fullmatch(bare):
        digits = bare.removeprefix("+")
        return Question(identifiers, phone_end=digits if len(digits) >= PHONE_END else "")
    words = naming.asked_for(text)
    if not (identifiers or words):
        message = (
            "text says too little; send one Chinese character or two letters of a name at least, a card, a phone"
            f" number, its last {PHONE_END} digits or more, or an e-mail address"
        )
        raise InvalidInput(message, field="text")
    return Question(identifiers, words=words)


def _email(text: str, recogniser: Recogniser) -> tuple[Identifier, ...]:
    try:
        return (recogniser.read("email", text),)
    except InvalidInput as error:
        raise InvalidInput(error.message, field="text") from None


def _readable(text: str, recogniser: Recogniser) -> Iterator[Identifier]:
    for kind in _NUMBERED:
        with suppress(InvalidInput):
            yield recogniser.read(kind, text)


def _named(beginning: str) -> str:
    return f"name:{beginning}"


def _end(digits: str) -> str:
    return f"phone-end:{digits[-PHONE_END:]}"
