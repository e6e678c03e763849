"""ArticlePage: one article as its page prints it, and More stories with their reasons."""

from dataclasses import dataclass
from typing import Any

from searchsvc.model.article import Article, DatePrecision
from searchsvc.model.fields import value_key
from searchsvc.model.result import Related, RelatedHit
from searchsvc.web.addresses import api_article_path, article_path
from searchsvc.web.presenters.answers import source_name
from searchsvc.web.presenters.hits import Link, facts, lead
from searchsvc.web.presenters.labels import (
    counted,
    date_label,
    day_label,
    days_label,
    facet_label,
    joined,
    machine_date,
)
from searchsvc.web.search_state import SearchState

SHARED_SHOWN = 5  # words and tags named as the reason for a related story


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of "About this copy"."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedView:
    """One related story as a page prints it; `url` is from the root of the site."""

    url: str
    headline: str
    date: str
    machine_date: str
    facts: tuple[str, ...]
    distance: str  # "3 days before"
    shared: str  # what both have, in words
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedPart:
    """One part of More stories: its title says how the stories stand to the article."""

    title: str
    explanation: str
    stories: tuple[RelatedView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePage:
    """Everything that the article page prints."""

    url: str
    api_url: str
    headline: str
    kicker: str
    summary: str
    byline: str
    credit: str
    place: str
    date: str
    machine_date: str
    paragraphs: tuple[str, ...]
    language: str
    language_name: str
    section: Link | None
    source: Link | None
    agency: Link | None
    authors: tuple[Link, ...]
    tags: tuple[Link, ...]
    original_url: str
    about: tuple[Fact, ...]
    citation: str
    description: str
    json_ld: dict[str, Any]  # Any: JSON values
    parts: tuple[RelatedPart, ...]
    copies: tuple[RelatedView, ...]


def article_page(article: Article, related: Related, *, root: str, title: str, reader_language: str) -> ArticlePage:
    """The page of an article; `title` names the archive in the citation."""
    url = article_path(article.id)
    return ArticlePage(
        url=url,
        api_url=api_article_path(article.id),
        headline=article.headline,
        kicker=article.kicker,
        summary=article.summary,
        byline=article.byline or joined(article.authors),
        credit=article.agency,
        place=article.place,
        date=date_label(article, weekday=True),
        machine_date=machine_date(article),
        paragraphs=paragraphs(article.body),
        language=article.language,
        language_name="" if article.language == reader_language else facet_label("language", article.language),
        section=_link("section", article.section),
        source=_link("source", article.publication),
        agency=_link("agency", article.agency),
        authors=tuple(Link(name, _url("author", name)) for name in article.authors),
        tags=tuple(Link(tag, _url("tag", tag)) for tag in article.tags),
        # Only what a browser fetches as a page: a `javascript:` address in an archive is not followed.
        original_url=article.url if article.url.lower().startswith(("http://", "https://")) else "",
        about=about(article),
        citation=citation(article, root + url, title),
        description=lead(article),
        json_ld=json_ld(article, root + url),
        parts=related_parts(related),
        copies=tuple(related_view(hit) for hit in related.copies),
    )


def paragraphs(body: str) -> tuple[str, ...]:
    """The paragraphs of a body, which blank lines separate; white space around them is stripped."""
    return tuple(text for part in body.split("\n\n") if (text := part.strip()))


def about(article: Article) -> tuple[Fact, ...]:
    """Where the article came from, and how its date is known."""
    provenance = article.provenance
    found = []
    name = source_name(article)
    if name:
        where = f"{name}, {provenance.position}" if provenance.position else name
        found.append(Fact(label="Read from", text=where))
    if provenance.importer:
        found.append(Fact(label="Format", text=provenance.importer.replace("_", " ")))
    found.append(Fact(label="Date", text=_date_origin(article)))
    if provenance.saved_on:
        found.append(Fact(label="Page saved", text=day_label(provenance.saved_on)))
    found += [Fact(label="Note", text=note) for note in provenance.notes]
    return tuple(found)


_PRECISIONS = {
    DatePrecision.INSTANT: "to the minute",
    DatePrecision.DAY: "to the day",
    DatePrecision.MONTH: "to the month only",
    DatePrecision.YEAR: "to the year only",
}


def _date_origin(article: Article) -> str:
    if article.published_on is None:
        return "not known"
    known = f"known {_PRECISIONS.get(article.date_precision, 'roughly')}"
    return f"{known}, from the {article.date_source.replace('_', ' ')}" if article.date_source else known


def citation(article: Article, url: str, title: str) -> str:
    """The article as a footnote cites it, in plain text."""
    who = joined(article.authors) or article.byline or article.agency
    parts = [who, f"“{article.headline.rstrip('.')}”", article.publication]
    day = date_label(article) if article.published_on else "no date"
    return f"{'. '.join(part for part in parts if part)}, {day}. {title}, {url}"


def json_ld(article: Article, url: str) -> dict[str, Any]:  # Any: JSON values
    """The article in the words of schema.org, without what is not known."""
    day_known = article.date_precision in (DatePrecision.INSTANT, DatePrecision.DAY)
    values = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.headline,
        "alternativeHeadline": article.kicker,
        "description": lead(article),
        "datePublished": machine_date(article) if day_known else "",
        "dateline": article.place,
        "author": [{"@type": "Person", "name": name} for name in article.authors],
        "publisher": {"@type": "Organization", "name": article.publication} if article.publication else None,
        "creditText": article.agency,
        "articleSection": article.section,
        "keywords": list(article.tags),
        "inLanguage": article.language,
        "isBasedOn": article.url,
        "url": url,
        "mainEntityOfPage": url,
    }
    return {name: value for name, value in values.items() if value}


def related_parts(related: Related) -> tuple[RelatedPart, ...]:
    """More stories, the parts that have some."""
    parts = (
        ("Background", "What ran before", related.before),
        ("What happened next", "What ran after", related.after),
        ("Other angles", "From the same days", related.angles),
    )
    return tuple(
        RelatedPart(title=title, explanation=explanation, stories=tuple(related_view(hit) for hit in hits))
        for title, explanation, hits in parts
        if hits
    )


def related_view(hit: RelatedHit) -> RelatedView:
    """What a page prints of one related story."""
    article = hit.article
    return RelatedView(
        url=article_path(article.id),
        headline=article.headline,
        date=date_label(article),
        machine_date=machine_date(article),
        facts=facts(article),
        distance=days_label(hit.days),
        shared=shared_label(hit),
        language=article.language,
    )


def shared_label(hit: RelatedHit) -> str:
    """What two stories share, the tags first; a word that is a tag is not said twice.

    Empty when they share nothing that could be named.
    """
    said = {value_key(tag): tag for tag in hit.shared_tags}
    for word in hit.shared_words:
        said.setdefault(value_key(word), word)
    shown = tuple(said.values())[:SHARED_SHOWN]
    more = len(said) - len(shown)
    if not shown:
        return ""
    return f"{', '.join(shown)} and {counted(more, 'more', 'more')}" if more else joined(shown)


def _link(field: str, value: str) -> Link | None:
    return Link(value, _url(field, value)) if value else None


def _url(field: str, value: str) -> str:
    return SearchState().toggled(field, value).url
