"""A small archive in memory, and a search in it."""

from collections.abc import Sequence
from datetime import date

from searchsvc.archive.archive import Archive
from searchsvc.archive.search import Answer
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.model.article import Article, ArticleId, DatePrecision
from searchsvc.model.request import SearchRequest
from searchsvc.settings import Settings

TODAY = date(2024, 3, 19)


def article(id: str, headline: str, body: str = "", *, on: str = "2015-09-30", **more: object) -> Article:
    day = date.fromisoformat(on)
    values = {"published_on": day, "date_precision": DatePrecision.DAY, **more}
    return Article(id=ArticleId(id), headline=headline, body=body, **values)  # type: ignore[arg-type]


ARTICLES = (
    article(
        "1", "Russia strikes in Syria", "Jets of Russia struck near Homs.", section="World", tags=("Russia", "Syria")
    ),
    article("2", "Truce in Syria", "The guns fell silent.", on="2016-02-27", section="World", tags=("Syria",)),
    article("3", "Storm over Scotland", "Trees fell in the storm.", on="2013-12-05", section="Weather"),
    article(
        "4", "US troops leave", "The U.S. said its troops go home.", on="2011-12-18", section="World", tags=("US",)
    ),
    article(
        "5", "Putin speaks", "Putin spoke of Russia.", on="2015-09-28", section="Politics", tags=("Russia", "Putin")
    ),
)


def make_archive(articles: Sequence[Article] = ARTICLES, **options: object) -> Archive:
    return Archive(MemoryEngine(articles), Settings(**options))  # type: ignore[arg-type]


def ids(answer: Answer) -> list[str]:
    return [hit.article.id for hit in answer.result.hits]


def search(archive: Archive, text: str, *, today: date = TODAY, **request: object) -> Answer:
    return archive.search(text, SearchRequest(**request), today=today)  # type: ignore[arg-type]
