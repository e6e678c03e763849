"""Floors under what was measured: a change that reads pages worse, or finds fewer related stories, is seen here.

The pages and collections are other people's and lie beside the checkout, where they are at all. A floor is lowered
only on purpose, with the reason in the commit.
"""

from datetime import date
from statistics import mean

import pytest

from benchmarks import formats, text_dumps
from benchmarks import pages as pages_benchmark
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.ingest.pipeline import IngestRun, read
from searchsvc.model.article import Article

BASIL = text_dumps.HERE.parent / "shared" / "data" / "related" / "basil"


@pytest.fixture(scope="module")
def pages() -> list[text_dumps.Page]:
    if not text_dumps.DEFAULT.is_dir():
        pytest.skip(f"the pages are not here ({text_dumps.DEFAULT})")
    return text_dumps.read_pages(text_dumps.DEFAULT)


@pytest.mark.shared_data
def test_the_story_is_found_on_pages_saved_as_text(pages: list[text_dumps.Page]) -> None:
    assert mean(text_dumps.body_f1(page) for page in pages if page.gold.get("body")) >= 0.93


@pytest.mark.shared_data
def test_the_date_is_right_and_never_that_of_saving(pages: list[text_dumps.Page]) -> None:
    printed = [page for page in pages if text_dumps.gold_day(page) and text_dumps.has_day_in_text(page)]
    assert mean(text_dumps.has_right_day(page) for page in printed) >= 0.95
    assert not any(text_dumps.takes_crawl_day(page) for page in pages)


@pytest.mark.shared_data
def test_more_stories_find_the_other_papers_on_an_event() -> None:
    if not BASIL.is_dir():
        pytest.skip(f"the collection is not here ({BASIL})")
    articles = {a.id: a for a in read([BASIL], run=IngestRun(today=date(2024, 1, 1))) if isinstance(a, Article)}
    same_event: dict[str, set[str]] = {}
    for line in (BASIL / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        asked, found = line.split()[:2]
        same_event.setdefault(asked, set()).add(found)
    engine = MemoryEngine(articles.values())
    recalls = []
    for article in list(articles.values())[::6]:
        related = engine.related(article)
        shown = {hit.article.id for part in (related.before, related.after, related.angles) for hit in part}
        recalls.append(len(shown & same_event[article.id]) / len(same_event[article.id]))
    assert mean(recalls) >= 0.9


@pytest.fixture(scope="module")
def web_pages() -> list[pages_benchmark.Page]:
    folder = pages_benchmark.DEFAULT / "fundus"
    if not folder.is_dir():
        pytest.skip(f"the pages are not here ({folder})")
    found = pages_benchmark.pages_of(folder)[::3]
    pages_benchmark.read_all(found, alone=True)
    return found


@pytest.mark.shared_data
def test_web_pages_give_story_headline_date_and_tags(web_pages: list[pages_benchmark.Page]) -> None:
    ours = [(page, page.readings[pages_benchmark.OURS]) for page in web_pages]
    assert mean(pages_benchmark.body_f1(page, reading) for page, reading in ours) >= 0.95
    assert mean(pages_benchmark.has_right_headline(page, reading) for page, reading in ours) >= 0.8
    assert mean(pages_benchmark.has_right_day(page, reading) for page, reading in ours) >= 0.95
    assert not any(pages_benchmark.takes_crawl_day(page, reading) for page, reading in ours)
    counts = [pages_benchmark.tag_counts(page, reading) for page, reading in ours if page.gold["tags"]]
    right, found, gold = map(sum, zip(*counts, strict=True))
    assert 2 * right / (found + gold) >= 0.7


# Files that give articles, and articles, of each folder of samples.
FORMATS = {
    "bd_rss_feeds": (9, 327),
    "google_news_sitemaps": (2, 61),
    "iptc_newsml_g2": (12, 12),
    "iptc_ninjs": (37, 37),
    "superdesk_fixtures": (79, 88),
    "trafilatura_resources": (3, 28),
    "feedparser_tests": (400, 480),
    "warcio_warc": (1, 1),  # the rest hold a page that is no article, or none
}


@pytest.mark.shared_data
@pytest.mark.parametrize("folder", FORMATS)
def test_samples_of_wires_and_feeds_give_their_articles(folder: str) -> None:
    if not (formats.DEFAULT / folder).is_dir():
        pytest.skip(f"the samples are not here ({formats.DEFAULT / folder})")
    files, articles = FORMATS[folder]
    measured = formats.yield_of(formats.DEFAULT / folder)
    assert measured.fruitful >= files
    assert measured.articles.total() >= articles
