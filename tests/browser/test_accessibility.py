"""Every kind of page without a fault that a machine can find, in light and dark, wide and narrow."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.browser

PAGES = {
    "home": ("/", 200),
    "search": ("/search?q=russia&tag=Syria&section=-Sport", 200),
    "all": ("/search?page=2", 200),
    "notices": ('/search?q="russia+date:foo+AND&page=abc', 200),
    "article": ("/articles/ph-2024-07-26-02", 200),
    "french": ("/articles/lq-2015-0930-03", 200),
    "nothing": ("/search?q=xylophonist+russai&section=Health", 200),
    "help": ("/help", 200),
    "related": ("/related", 200),
    "browse": ("/browse/tag", 200),
    "no such article": ("/articles/nope", 404),
    "page too deep": ("/search?page=99999", 400),
}

# The rules of WCAG 2.2 A and AA, and what axe holds for good practice beside them.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_in_light_and_dark(open_page: OpenPage, name: str, width: int) -> None:
    path, status = PAGES[name]
    page = open_page(path, width=width, expect_error=status >= 400)
    if width == 360 and (narrow := page.locator(".narrow-summary")).count():
        narrow.click()
    _examine(page)


def test_axe_finds_nothing_in_open_suggestions(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_role("combobox").press_sequentially("rus")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    _examine(page)


def _examine(page: Page) -> None:
    """All rules in light; in dark, which differs in nothing but colours, those of colours."""
    found = Axe().run(
        page, options={"runOnly": {"type": "tag", "values": TAGS}, "rules": {"target-size": {"enabled": True}}}
    )
    assert found.violations_count == 0, found.generate_report()
    page.emulate_media(color_scheme="dark")
    found = Axe().run(page, options={"runOnly": {"type": "rule", "values": COLOUR_RULES}})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_a_small_telephone(open_page: OpenPage, name: str) -> None:
    path, status = PAGES[name]
    page = open_page(path, width=320, expect_error=status >= 400)
    for details in page.locator("details:not([open]) > summary").all():
        if details.is_visible():
            details.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("name", ["home", "search", "article"])
def test_forced_colours_and_print_keep_the_text(open_page: OpenPage, name: str) -> None:
    page = open_page(PAGES[name][0])
    page.emulate_media(forced_colors="active")
    assert page.get_by_role("heading", level=1).is_visible()
    page.emulate_media(media="print", forced_colors="none")
    assert page.get_by_role("heading", level=1).is_visible()
