"""People at the console's page, each in a browser of her own: what they see, and what the page complains about."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Error, expect

from shared.testing.waiting import PATIENCE
from tests.support.page_words import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response

    from tests.support.showroom import Showroom

_DEBIANS = [Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")]
CHROMIUM = next((path for path in _DEBIANS if path.exists()), _DEBIANS[0])
"""Debian's, without the parts of a desktop if it is there; none is ever downloaded."""
SCREENS = Path(__file__).parents[2] / "build" / "screens"
OPTIONS_MAX = 40
WAIT_MS = int(30_000 * PATIENCE)
"""For whatever the page should show: generous, since a busy machine is slow and not wrong."""
Language = Literal["en", "zh-CN"]
Size = Literal["desktop", "phone"]
SIZES: dict[Size, tuple[int, int]] = {"desktop": (1366, 768), "phone": (390, 844)}
SETTLED = """() => document.querySelector('main h1, main [role=alert]')
    && document.querySelector('main').dataset.at === location.pathname
    && !document.querySelector('main [aria-busy=true], .ant-skeleton, .ant-spin-spinning, main div[role=img]:empty')"""
UNFIT = """() => axe.run(document, {
    resultTypes: ['violations'], preload: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
}).then(({violations}) => violations
    .filter(({impact}) => impact === 'serious' || impact === 'critical')
    .map(({id, impact, nodes}) =>
        `${impact} ${id}: ` + nodes.slice(0, 3).map(({html}) => html.slice(0, 160)).join(' | '))
)"""
WIDTHS = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
BARE_KEYS = """() => [...document.querySelectorAll('h1, h2, h3, th, dt, label, legend, button, nav a, p')]
    .map((part) => part.textContent.trim()).filter((said) => /^[a-z_]+(\\.[a-z_]+)+$/.test(said))"""


@dataclass
class Tab:
    """A tab of a browser. A word on the console, or a request that failed, is a finding unless it was expected."""

    page: Page
    language: Language
    size: Size
    complaints: list[str] = field(default_factory=list)
    _expected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._complain(f"page error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def expect_trouble(self, *patterns: str) -> None:
        """From now on what fits one of the regular expressions is no finding."""
        self._expected += patterns

    @property
    def findings(self) -> list[str]:
        """Complaints that nobody expected."""
        return [said for said in self.complaints if not any(re.search(p, said) for p in self._expected)]

    def go(self, path: str) -> None:
        """Opens an address of the page and waits until it stands."""
        self.page.goto(path)
        self.settle()

    def turn(self, size: Size) -> None:
        """The same page on another screen."""
        self.size = size
        width, height = SIZES[size]
        self.page.set_viewport_size({"width": width, "height": height})

    def settle(self) -> None:
        """Waits until nothing on the page is loading."""
        self.page.wait_for_function(SETTLED)

    def look(self, role: str, name: str, *, thoroughly: bool = True) -> None:
        """What must hold of every page: a heading, no scrolling sideways, and, thoroughly, readable by everybody."""
        self.settle()
        heading = self.page.locator("main h1").first
        expect(heading).not_to_be_empty()
        self.keep_screen(role, name)
        wide, visible = self.page.evaluate(WIDTHS)
        assert wide <= visible, f"{name} is {wide} px wide on a screen of {visible} px"
        assert not (keys := self.page.evaluate(BARE_KEYS)), f"{name} has words that nobody translated: {keys}"
        assert not thoroughly or not (unfit := self.unfit()), f"{name}:\n" + "\n".join(unfit)

    def unfit(self) -> list[str]:
        """What axe finds serious or critical."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found: list[str] = self.page.evaluate(UNFIT)
        return found

    def keep_screen(self, role: str, name: str) -> None:
        """A picture of the page for whoever wants to see how it looks."""
        width, height = SIZES[self.size]
        file = SCREENS / f"{role}-{self.language}-{width}x{height}-{name}.png"
        self.page.screenshot(path=file, animations="disabled")

    def open_place(self, path: str) -> None:
        """Goes to a place by the navigation, which is behind a button on a phone."""
        if self.size == "phone":
            self.page.locator("header .menu-button").click()
        self.page.locator(f'nav a.place[href="{path}"]').click()
        self.page.wait_for_url(re.compile(re.escape(path) + r"(\?|$)"))
        self.settle()

    def places(self) -> list[str]:
        """The addresses in the navigation."""
        self.page.wait_for_selector("nav a.place", state="attached")
        return [str(link.get_attribute("href")) for link in self.page.locator("nav a.place").all()]

    def told(self, key: str, **values: object) -> str:
        """What the page says for a key, in this tab's language."""
        return told(self.language, key, **values)

    def text(self) -> str:
        """Everything that can be read in the page's content."""
        return self.page.locator("main").inner_text()

    def button(self, key: str, **values: object) -> Locator:
        """A button by its word; an icon before it may have a name of its own."""
        return self.page.get_by_role("button", name=re.compile(rf"(^|\s){re.escape(self.told(key, **values))}$"))

    def link(self, key: str, **values: object) -> Locator:
        """A link by its word."""
        return self.page.get_by_role("link", name=self.told(key, **values), exact=True)

    def field(self, key: str, **values: object) -> Locator:
        """A field by its label."""
        return self.page.get_by_label(self.told(key, **values), exact=True)

    def heading(self, key: str, **values: object) -> Locator:
        """A heading by its words."""
        return self.page.get_by_role("heading", name=self.told(key, **values), exact=True)

    def choose(self, key: str, *options: str) -> None:
        """Options of a list that opens, by their words."""
        box = self.page.get_by_role("combobox", name=self.told(key), exact=True).last
        at = self.page.locator(".ant-select-dropdown:visible .ant-select-item-option-active")
        box.focus()
        for option in options:
            box.press("ArrowDown")
            # A long list holds only what one sees of it, so it is gone through as by hand.
            for _ in range(OPTIONS_MAX):
                if at.inner_text() == option:
                    break
                box.press("ArrowDown")
            expect(at).to_have_text(option)
            box.press("Enter")
        if box.evaluate("box => box.closest('.ant-select-multiple') !== null"):
            box.press("Escape")
        # One choice closes its list by itself: Escape would close the dialog that it stands in.
        expect(box).to_have_attribute("aria-expanded", "false")

    def wait_for_member(self) -> None:
        """Until everybody knows who was just registered: the page asks until then."""
        self.expect_trouble(r"404 GET .*/console/v1/members/", r"404 GET .*/campaigns/v1/customers/.*/offers")
        self.page.wait_for_function(SETTLED)
        card = self.page.locator(".customer-card")
        expect(card).to_be_visible(timeout=WAIT_MS)

    def _complain(self, said: str) -> None:
        self.complaints.append(said)

    def _hear(self, message: ConsoleMessage) -> None:
        # A failed request is told of by its answer, with its address.
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self._complain(f"console {message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        # A page that is left gives up what it asked for.
        if request.failure != "net::ERR_ABORTED":
            self._complain(f"{request.failure} {request.method} {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self._complain(f"{response.status} {response.request.method} {response.url}")


@dataclass
class People:
    """Opens tabs for people of a showroom; each signs in once, with her password, at the page."""

    browser: Browser
    showroom: Showroom
    _tokens: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def tab(self, name: str | None, language: Language = "en", size: Size = "desktop") -> Iterator[Tab]:
        """A tab of somebody who has signed in; of nobody, without a name. Afterwards nothing unexpected was said."""
        width, height = SIZES[size]
        context = self.browser.new_context(
            base_url=self.showroom.address,
            viewport={"width": width, "height": height},
            locale=language,
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        try:
            tab = Tab(context.new_page(), language, size)
            if name is not None:
                token = self._token(name, tab)
                context.add_init_script(f"sessionStorage.setItem('regulars.token', '{token}')")
            yield tab
            assert not tab.findings, "\n".join(tab.findings)
        except (AssertionError, Error):
            tab.page.screenshot(path=SCREENS / f"failed-{name}-{language}-{width}x{height}.png")
            raise
        finally:
            context.close()

    def _token(self, name: str, tab: Tab) -> str:
        if name not in self._tokens:
            sign_in(tab, name, self.showroom.users.first_password(name) or "")
            self._tokens[name] = str(tab.page.evaluate("() => sessionStorage.getItem('regulars.token')"))
        return self._tokens[name]


def sign_in(tab: Tab, name: str, password: str) -> None:
    """At the page's own form."""
    tab.page.goto("/")
    fill_sign_in(tab, name, password)
    tab.page.wait_for_selector("main#content h1")
    tab.settle()


def fill_sign_in(tab: Tab, name: str, password: str) -> None:
    """The form alone, wherever it stands."""
    tab.page.locator("input[autocomplete=username]").fill(name)
    tab.page.locator("input[autocomplete=current-password]").fill(password)
    tab.page.locator("form:has(input[autocomplete=username]) button[type=submit]").click()
