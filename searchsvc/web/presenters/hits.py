"""One found article in a list: what is printed of it, and where its links lead."""

from dataclasses import dataclass

from markupsafe import Markup

from searchsvc.model.article import Article
from searchsvc.model.fields import value_key
from searchsvc.model.result import Hit
from searchsvc.web.addresses import article_path
from searchsvc.web.links import Links
from searchsvc.web.presenters.highlights import TextRun, field_runs, marked, runs
from searchsvc.web.presenters.labels import date_label, facet_label, machine_date

LISTED_TAGS = 4
LEAD_LENGTH = 280


@dataclass(frozen=True, slots=True)
class Link:
    """A text and where it leads, from the root of the site."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HitView:
    """One hit as a list prints it: highlighted texts as safe markup, addresses from the root of the site."""

    url: str
    headline: Markup
    kicker: Markup
    passage: Markup
    date: str
    machine_date: str
    facts: tuple[str, ...]  # section, paper, agency: what there is
    tags: tuple[Link, ...]
    language: str  # its code
    language_name: str  # "" in the reader's own language


def hit_view(hit: Hit, links: Links, reader_language: str) -> HitView:
    """What a list prints of a hit; the tags' links narrow the search of `links`, chosen tags are left out."""
    article = hit.article
    return HitView(
        url=article_path(article.id),
        headline=marked(field_runs(hit, "headline", article.headline)),
        kicker=marked(field_runs(hit, "kicker", article.kicker)),
        passage=marked(passage_runs(hit)),
        date=date_label(article),
        machine_date=machine_date(article),
        facts=facts(article),
        tags=_tags(article, links),
        language=article.language,
        language_name="" if article.language == reader_language else facet_label("language", article.language),
    )


def passage_runs(hit: Hit) -> tuple[TextRun, ...]:
    """What of the story is shown: the passages that matched, else how it begins."""
    for field in ("body", "summary"):
        snippet = hit.snippets.get(field)
        if snippet is not None and (found := runs(snippet)):
            return _with_ends(found)
    text = lead(hit.article)
    return (TextRun(text, False),) if text else ()


def _with_ends(found: tuple[TextRun, ...]) -> tuple[TextRun, ...]:
    """With dots where a passage begins or ends within a sentence."""
    before = (TextRun("… ", False),) if found[0].text[:1].islower() else ()
    after = () if found[-1].text.rstrip().endswith(_SENTENCE_ENDS) else (TextRun(" …", False),)
    return (*before, *found, *after)


_SENTENCE_ENDS = (".", "!", "?", "…", "”", '"', "’", "'", "»", "。")


def lead(article: Article) -> str:
    """The summary, or how the story begins, cut after a word."""
    text = article.summary or " ".join(article.body.split())
    if len(text) <= LEAD_LENGTH:
        return text
    end = text.rfind(" ", LEAD_LENGTH // 2, LEAD_LENGTH)
    return text[: end if end > 0 else LEAD_LENGTH].rstrip(" ,;:–—-") + " …"


def facts(article: Article) -> tuple[str, ...]:
    """Where it ran, the paper first; none twice."""
    found: dict[str, str] = {}
    for text in (article.publication, article.section, article.agency):
        if text:
            found.setdefault(value_key(text), text)
    return tuple(found.values())


def _tags(article: Article, links: Links) -> tuple[Link, ...]:
    return tuple(
        Link(tag, links.toggled("tag", tag))
        for tag in article.tags[:LISTED_TAGS]
        if not links.state.is_chosen("tag", tag)
    )
