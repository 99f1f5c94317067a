"""Documents of an issuer that are not as they should be: what can be used is, and nothing else gets further."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc.jwk import OKPKey

from shared.access.keys import parse_keys, parse_revoked

GOOD = OKPKey.generate_key("Ed25519", {"kid": "k"}, private=True).as_dict(private=False)


@pytest.mark.parametrize("broken", [[], None, "x", 1, {}, {"kty": []}, {"kty": "OKP"}, {"kty": "oct", "k": "eA"}])
def test_a_key_that_cannot_be_read_spoils_no_other(broken: Any) -> None:
    assert [key.kid for key in parse_keys({"keys": [broken, GOOD]}).keys] == ["k"]


@pytest.mark.parametrize("document", [[], None, "x", {"E1/1": "yesterday"}, {"E1/1": None}, {"E1/1": True}])
def test_a_list_of_revoked_devices_is_believed_as_a_whole_or_not_at_all(document: Any) -> None:
    with pytest.raises(ValueError, match="revoked"):
        parse_revoked(document)
    assert parse_revoked({"E1/1": 1}) == {"E1/1": 1}
