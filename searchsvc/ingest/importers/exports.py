"""Exports: articles as `searchsvc export` wrote them, back to what they were, their provenance too.

Not an importer of its own: it is JSON Lines, told by keys that only we write. What another hand changed in it is
cleaned and judged like any record.

>>> record = {"id": "1", "headline": "a < b", "body": "It rained.", "date_precision": "month",
...           "published_on": "2015-09-01", "date_source": "meta", "provenance": {"source": "a.txt"}}
>>> draft = draft_of_export(record)
>>> draft.headline, draft.date_texts[0].text, draft.origin.source
('a < b', '2015-09', 'a.txt')
>>> draft_of_export({"headline": "Rain"}) is None
True
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from searchsvc.ingest.draft import DateText, Draft
from searchsvc.model.article import Article, DatePrecision, Provenance

MAX_NOTES = 50
MAX_NOTE = 500  # characters of a note, or of the name of a source

_KEYS = frozenset(("id", "headline", "date_precision", "provenance"))
_TEXTS = ("id", "headline", "body", "kicker", "summary", "byline", "agency", "publication", "section", "place",
          "language", "url", "date_source")  # fmt: skip
_LENGTHS = {DatePrecision.MONTH: 7, DatePrecision.YEAR: 4}  # the first day of a month or year is written


def draft_of_export(record: Mapping[str, Any]) -> Draft | None:
    """The draft of an exported article; None when the record, of any JSON values, is not one."""
    if not record.keys() >= _KEYS:
        return None
    try:
        article = Article.from_json(record)
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    lists = (*article.tags, *article.authors, *article.provenance.notes)
    if not all(isinstance(text, str) for text in (*lists, *(getattr(article, name) for name in _TEXTS))):
        return None
    when = article.published_at or article.published_on
    texts = (DateText(when.isoformat()[: _LENGTHS.get(article.date_precision)], article.date_source),) if when else ()
    return Draft(
        headline=article.headline, kicker=article.kicker, summary=article.summary, body=(article.body,),
        byline=article.byline, authors=article.authors, agency=article.agency, publication=article.publication,
        section=article.section, place=article.place, tags=article.tags, language=article.language, url=article.url,
        id=article.id, date_texts=texts, revision=str(article.revision or ""),
        revised_text=article.revised_at.isoformat() if article.revised_at else "",
        origin=_bounded(article.provenance),
    )  # fmt: skip


def _bounded(provenance: Provenance) -> Provenance:
    return dataclasses.replace(
        provenance,
        importer=str(provenance.importer)[:MAX_NOTE],
        source=str(provenance.source)[:MAX_NOTE],
        position=str(provenance.position)[:MAX_NOTE],
        notes=tuple(note[:MAX_NOTE] for note in provenance.notes[:MAX_NOTES]),
    )
