"""What readers do, in a real browser, with the page's script and without."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.browser

with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])


def total(page: Page) -> int:
    said = page.locator(".found-total").inner_text()
    return int(said.split()[0].replace(",", ""))


def choose(page: Page, facet: str, index: int, *, script: bool) -> int:
    """Tick a value of a facet; gives the count that stood beside it."""
    group = page.locator(f'[data-facet="{facet}"]')
    if group.get_attribute("open") is None:
        group.locator("summary").click()
    value = group.locator(".value").nth(index)
    count = int(value.locator(".value-count").inner_text().split()[0].replace(",", ""))
    chips = page.locator(".chip").count()
    value.locator("input").check()
    if not script:
        page.get_by_role("button", name="Apply").click()
    expect(page.locator(".chip")).to_have_count(chips + 1)
    return count


@with_and_without_script
def test_a_reader_searches_narrows_reads_and_reads_on(open_page: OpenPage, script: bool) -> None:
    page = open_page("/", script=script)
    page.get_by_role("combobox" if script else "searchbox", name="Search the archive").fill("the")
    page.get_by_role("button", name="Search").click()
    everything = total(page)
    assert everything > 30

    assert choose(page, "section", 0, script=script) == total(page) < everything
    in_section = total(page)
    assert choose(page, "tag", 0, script=script) == total(page) < in_section
    assert "section=" in page.url
    assert "tag=" in page.url

    page.get_by_role("link", name=re.compile("Remove: Tag")).click()
    expect(page.locator(".chip")).to_have_count(1)
    assert total(page) == in_section

    first = page.locator(".hit-headline").first.inner_text()
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".toolbar-range")).to_contain_text("11–20")
    assert page.locator(".hit-headline").first.inner_text() != first

    page.get_by_role("link", name="Page 1", exact=True).click()
    expect(page.locator(".toolbar-range")).to_contain_text("1–10")
    headline = page.locator(".hit-headline a").first.inner_text()
    page.locator(".hit-headline a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)

    onward = page.locator(".related-headline").first.inner_text()
    page.locator(".related-headline").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(onward)


@with_and_without_script
def test_a_bar_of_the_histogram_narrows_to_its_days(open_page: OpenPage, script: bool) -> None:
    page = open_page("/search?q=russia", script=script)
    bar = page.locator(".histogram svg a").first
    title = bar.locator("title").text_content() or ""
    bar.locator(".slot").click()
    expect(page.locator(".chip")).to_have_count(1)
    assert f": {total(page)} stor" in title


@with_and_without_script
def test_dates_can_be_typed(open_page: OpenPage, script: bool) -> None:
    page = open_page("/search", script=script)
    page.get_by_label("From").fill("2015-09")
    page.get_by_label("From").press("Enter")
    expect(page.locator(".chip")).to_have_text(re.compile("from September 2015"))


@with_and_without_script
def test_a_value_can_be_left_out_and_allowed_again(open_page: OpenPage, script: bool) -> None:
    page = open_page("/search?q=russia", script=script)
    before = total(page)
    page.get_by_role("link", name=re.compile("^Leave out")).first.click()
    expect(page.locator(".chip-excluded")).to_have_count(1)
    assert total(page) < before
    page.get_by_role("link", name=re.compile("^Allow")).click()
    expect(page.locator(".chip-excluded")).to_have_count(0)
    assert total(page) == before


@with_and_without_script
def test_on_a_telephone_the_filters_are_behind_one_line(open_page: OpenPage, script: bool) -> None:
    page = open_page("/search?q=russia", script=script, width=360)
    box = page.locator('[data-facet="tag"] input').first
    expect(box).to_be_hidden()
    page.get_by_text("Narrow the search", exact=False).first.click()
    expect(box).to_be_visible()
    box.check()
    if not script:
        page.get_by_role("button", name="Apply").click()
    expect(page.locator(".chip")).to_have_count(1)
    if script:
        expect(page.locator('[data-facet="tag"] input').first).to_be_visible()  # what was opened stays open


@with_and_without_script
def test_a_draft_finds_its_background(open_page: OpenPage, script: bool) -> None:
    page = open_page("/related", script=script)
    page.get_by_label("Text, its headline on the first line").fill(
        "Moscow strikes again\nRussia sent its bombers over Syria for another day, the ministry in Moscow said."
    )
    page.get_by_role("button", name="Find related stories").click()
    expect(page.get_by_role("heading", name="More stories")).to_be_visible()


def test_back_undoes_a_narrowing(open_page: OpenPage) -> None:
    page = open_page("/search?q=russia")
    before = total(page)
    choose(page, "tag", 1, script=True)
    page.go_back()
    expect(page.locator(".chip")).to_have_count(0)
    assert total(page) == before


def test_back_from_a_story_is_the_whole_page_again(open_page: OpenPage) -> None:
    page = open_page("/search?q=russia")
    choose(page, "tag", 1, script=True)
    page.locator(".hit-headline a").first.click()
    page.go_back()
    expect(page.locator(".masthead")).to_be_visible()
    expect(page.locator(".chip")).to_have_count(1)


def test_focus_stays_on_the_box_that_was_ticked_and_the_total_is_announced(open_page: OpenPage) -> None:
    page = open_page("/search?q=russia")
    box = page.locator('[data-facet="tag"] input').nth(1)
    id = box.get_attribute("id")
    box.focus()
    page.keyboard.press("Space")
    expect(page.locator(".chip")).to_have_count(1)
    expect(page.locator(f'[id="{id}"]')).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text(f"{total(page)} stor")


def test_a_new_search_keeps_the_filters_chosen_since(open_page: OpenPage) -> None:
    page = open_page("/search?q=russia")
    choose(page, "tag", 1, script=True)
    page.get_by_role("combobox").fill("syria")
    page.keyboard.press("Enter")
    expect(page.locator(".found-title")).to_contain_text("syria")
    expect(page.locator(".chip")).to_have_count(1)
