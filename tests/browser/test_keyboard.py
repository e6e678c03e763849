"""The page by keyboard alone: suggestions, the way to the content, the focus one can see."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.browser


def test_suggestions_are_gone_through_by_arrows_and_taken_by_enter(open_page: OpenPage) -> None:
    page = open_page("/")
    box = page.get_by_role("combobox", name="Search the archive")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("rus")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")

    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", options.first.get_attribute("id") or "none")
    expect(box).to_have_value(options.first.get_attribute("data-text") or "none")

    page.keyboard.press("ArrowUp")
    expect(box).to_have_value("rus")
    assert box.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")

    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("rus")
    expect(box).to_be_focused()

    page.keyboard.press("ArrowDown")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/(search\?|articles/)"))


def test_enter_without_a_choice_searches_for_what_was_typed(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_role("combobox").press_sequentially("russia")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=russia")


def test_leaving_the_box_closes_the_suggestions(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_role("combobox").press_sequentially("rus")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_slash_goes_to_the_search_box_but_can_be_typed_in_it(open_page: OpenPage) -> None:
    page = open_page("/help")
    page.keyboard.press("/")
    box = page.get_by_role("combobox")
    expect(box).to_be_focused()
    page.keyboard.type("a/b")
    expect(box).to_have_value("a/b")


def test_the_first_stop_leads_to_the_content(open_page: OpenPage) -> None:
    page = open_page("/search?q=russia")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_focus_can_be_seen(open_page: OpenPage) -> None:
    page = open_page("/search?q=russia")
    for _ in range(12):
        page.keyboard.press("Tab")
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 2, page.evaluate("document.activeElement.outerHTML")
