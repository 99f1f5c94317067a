"""Identifiers in one spelling, and the member token that stands for one where nothing personal may be.

Whoever makes tokens from the same key and region makes the same ones: `stores` at a till's edge, `customers` when
somebody registers. Messages say what is wrong with an identifier and never repeat it: they end up in logs.
"""

from __future__ import annotations

import hmac
import re

import phonenumbers

from shared.contracts.customers import IdentifierKind
from shared.kernel.errors import InvalidInput

CARD_CHARACTERS_MAX = 64
EMAIL_CHARACTERS_MAX = 254
"""RFC 5321 §4.5.3.1.3: a forward path has at most 256 characters, two of which are its brackets."""

_CARD_FILLING = re.compile(r"[\s.\-]+")
_CARD = re.compile(rf"[0-9A-Z]{{1,{CARD_CHARACTERS_MAX}}}")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s.\x00-\x1f\x7f]+(?:\.[^@\s.\x00-\x1f\x7f]+)+")


def normalise(kind: IdentifierKind, value: str, region: str) -> str:
    """The one spelling of an identifier: a phone as E.164, a card in capitals without filling, an e-mail in lower case.

    `region` (ISO 3166, such as US or CN) is the country of phone numbers that are written without one. Raises
    `InvalidInput` whose `field` is `kind`.
    """
    match kind:
        case "phone":
            return _phone(value, region)
        case "card":
            return _card(value)
        case "email":
            return _email(value)


def member_token(key: bytes, kind: IdentifierKind, normalised: str) -> str:
    """The pseudonym of an identifier: hex HMAC-SHA256 (RFC 2104) of kind and spelling. Useless without `key`."""
    return hmac.digest(key, f"{kind}:{normalised}".encode(), "sha256").hex()


def _phone(value: str, region: str) -> str:
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException as error:
        raise _invalid_phone(_WHY_UNREADABLE.get(error.error_type, "it is not a phone number"), region) from None
    if number.extension:
        raise _invalid_phone("it has an extension; members are called and texted directly", region)
    why = _WHY_IMPOSSIBLE.get(phonenumbers.is_possible_number_with_reason(number))
    if why is None and not phonenumbers.is_valid_number(number):
        why = "no such number is in use in its country"
    if why is not None:
        raise _invalid_phone(why, region)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_WHY_UNREADABLE = {
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: "its country code does not exist",
    phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: "it has too few digits",
    phonenumbers.NumberParseException.TOO_SHORT_NSN: "it has too few digits",
    phonenumbers.NumberParseException.TOO_LONG: "it has too many digits",
}
_WHY_IMPOSSIBLE = {
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "its country code does not exist",
    phonenumbers.ValidationResult.TOO_SHORT: "it has too few digits",
    phonenumbers.ValidationResult.TOO_LONG: "it has too many digits",
    phonenumbers.ValidationResult.INVALID_LENGTH: "no number of its country has that many digits",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "its area code is missing",
}


def _invalid_phone(why: str, region: str) -> InvalidInput:
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164) if example else "+8613800138000"
    message = f"phone cannot be taken: {why}; write it with its country code, like {written}"
    return InvalidInput(message, field="phone", example=written)


def _card(value: str) -> str:
    card = _CARD_FILLING.sub("", value).upper()
    if not _CARD.fullmatch(card):
        message = (
            f"card cannot be taken: it needs 1 to {CARD_CHARACTERS_MAX} letters and digits, apart from spaces, dots"
            " and dashes; write it like 6021-0042"
        )
        raise InvalidInput(message, field="card", example="6021-0042")
    return card


def _email(value: str) -> str:
    email = value.strip().lower()
    if len(email) > EMAIL_CHARACTERS_MAX or not _EMAIL.fullmatch(email):
        message = (
            f"email cannot be taken: it needs one @ and a domain, in at most {EMAIL_CHARACTERS_MAX} characters;"
            " write it like name@example.com"
        )
        raise InvalidInput(message, field="email", example="name@example.com")
    return email
