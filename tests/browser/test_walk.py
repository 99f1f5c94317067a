"""Every role walks through the pages that its navigation offers; one who sees all, in both languages and sizes."""

from __future__ import annotations

import pytest

from tests.support.browsing import Language, People, Size

FIRST = {
    "clerk": "/serve",
    "service-desk": "/serve",
    "store-manager": "/today",
    "approver": "/campaigns",
    "marketer": "/overview",
    "hq-admin": "/overview",
    "auditor": "/overview",
    "privacy-officer": "/privacy",
    "partner": "/campaigns",
    "operator": "/operations",
}
"""What each role sees first."""

WAYS: tuple[tuple[Language, Size, Size], ...] = (("en", "desktop", "phone"), ("zh-CN", "phone", "desktop"))
"""Each is looked at thoroughly on its first size, and for a moment on the other."""
WALKS = [(role, WAYS[number % 2]) for number, role in enumerate(FIRST)] + [("hq-admin", WAYS[0])]

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize(("role", "way"), WALKS, ids=lambda one: one if isinstance(one, str) else one[0])
def test_every_page_of_a_role_stands(people: People, role: str, way: tuple[Language, Size, Size]) -> None:
    language, size, other = way
    with people.tab(role, language, size) as tab:
        tab.go("/")
        assert tab.page.url.removeprefix(people.showroom.address).startswith(FIRST[role])
        for path in tab.places():
            tab.open_place(path)
            name = path.removeprefix("/")
            tab.look(role, name)
            tab.turn(other)
            tab.look(role, name, thoroughly=False)
            tab.turn(size)
            inside = tab.page.locator(f'main tbody a[href^="{path}/"]')
            if inside.count():
                inside.first.click()
                tab.page.wait_for_url(f"**{path}/**")
                tab.look(role, f"{name}-one")
