"""Answers: what the API says, as plain JSON values. Its names are kept for ever: add to them, never rename one.

Addresses are absolute, from `root`, the site's own address without a slash at its end.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from searchsvc.archive.help import WayOut
from searchsvc.archive.search import Answer
from searchsvc.model.article import Article
from searchsvc.model.result import Facet, Histogram, Hit, Notice, Related, RelatedHit, Rewrite
from searchsvc.settings import Settings
from searchsvc.web.addresses import (
    API_SEARCH_PATH,
    FEED_PATH,
    SEARCH_PATH,
    api_article_path,
    api_related_path,
    article_path,
)
from searchsvc.web.links import Links
from searchsvc.web.presenters.facets import FacetView, facet_views
from searchsvc.web.presenters.highlights import TextRun, runs
from searchsvc.web.presenters.histogram import narrowed_to
from searchsvc.web.presenters.labels import bar_label, machine_date
from searchsvc.web.presenters.results import paging, quoted, way_out_state
from searchsvc.web.search_state import SearchState

Json = dict[str, Any]  # Any: JSON values


def search_json(answer: Answer, state: SearchState, settings: Settings, root: str) -> Json:
    """The whole answer to a search."""
    place = paging(answer, state, settings)
    following, previous = place.next_state(state), place.previous_state(state)
    links = Links(state, root + API_SEARCH_PATH)
    return {
        "response": {
            "status": "ok",
            "total": answer.result.total.value,
            "startIndex": place.start,
            "pageSize": state.size(settings),
            "currentPage": place.page,
            "pages": place.pages,
            "orderBy": answer.request.sort.value,
            "tookMs": round(answer.result.took_ms, 2),
            "query": _query_json(answer, state, root),
            "links": {
                "self": links.here,
                "next": links.to(following) if following else None,
                "prev": links.to(previous) if previous else None,
                "html": links.at(root + SEARCH_PATH).here,
                "atom": links.at(root + FEED_PATH).first_page,
            },
            "nextCursor": place.next_cursor or None,
            "facets": facets_json(answer.result.facets, links),
            "dateHistogram": _histogram_json(answer.result.histogram, links),
            "results": [_hit_json(hit, state, root) for hit in place.hits],
        }
    }


def facets_json(facets: Mapping[str, Facet], links: Links) -> list[Json]:
    """The counted facets as `facet_json` writes them, in the order of the table of fields."""
    return [facet_json(facet) for facet in facet_views(facets, links)]


def facet_json(facet: FacetView) -> Json:
    """One facet; each value with the search after choosing it ("self"), or taking it back ("remove")."""
    return {
        "name": facet.name,
        "parameter": facet.parameter,
        "values": [
            {
                "value": value.value,
                "label": value.label,
                "count": value.count,
                "selected": value.is_chosen,
                "excluded": value.is_excluded,
                "links": (
                    {"remove": value.removed_url}
                    if value.is_chosen or value.is_excluded
                    else {"self": value.toggled_url, "exclude": value.excluding_url}
                ),
            }
            for value in facet.values
        ],
        "other": facet.other,
        "missing": facet.missing,
    }


def article_json(article: Article, root: str) -> Json:
    """One article with all that is known of it."""
    links = {
        "self": root + api_article_path(article.id),
        "html": root + article_path(article.id),
        "related": root + api_related_path(article.id),
    }
    whole = summary_json(article, root) | {name: read(article) for name, read in _EXTRA.items()}
    return {"response": {"status": "ok", "article": whole, "links": links}}


def related_json(related: Related, root: str, *, of: str = "") -> Json:
    """More stories, in parts; each with what it shares and the days between. `of` is the id of an archived article."""
    links = {"self": root + api_related_path(of), "html": root + article_path(of)} if of else {}
    return {
        "response": {
            "status": "ok",
            "before": [_related_hit_json(hit, root) for hit in related.before],
            "after": [_related_hit_json(hit, root) for hit in related.after],
            "angles": [_related_hit_json(hit, root) for hit in related.angles],
            "copies": [_related_hit_json(hit, root) for hit in related.copies],
            "links": links,
        }
    }


def summary_json(article: Article, root: str) -> Json:
    """What every list says of an article; None where it is not known."""
    return {
        "id": article.id,
        "webTitle": article.headline,
        "kicker": article.kicker or None,
        "webPublicationDate": machine_date(article) or None,
        "datePrecision": article.date_precision.value,
        "dateSource": article.date_source or None,
        "section": article.section or None,
        "source": article.publication or None,
        "agency": article.agency or None,
        "dateline": article.place or None,
        "tags": list(article.tags),
        "webUrl": root + article_path(article.id),
        "apiUrl": root + api_article_path(article.id),
    }


def runs_json(text: Iterable[TextRun]) -> list[Json]:
    """The runs of a highlighted text in order; `match` is true for those to highlight."""
    return [{"text": run.text, "match": run.match} for run in text]


def provenance_json(article: Article) -> Json:
    """Where the article came from; of its file only the name, for folders are the operator's own business."""
    provenance = article.provenance
    return {
        "importer": provenance.importer or None,
        "source": source_name(article) or None,
        "position": provenance.position or None,
        "savedOn": provenance.saved_on.isoformat() if provenance.saved_on else None,
        "notes": list(provenance.notes),
    }


def source_name(article: Article) -> str:
    """The name of the file that the article was read from, without its folders; "" when it is not known."""
    return PurePath(article.provenance.source.replace("\\", "/")).name


# What `show-fields` adds, by the parameter's names.
_EXTRA: dict[str, Any] = {  # Any: a function from Article to a JSON value
    "summary": lambda article: article.summary or None,
    "body": lambda article: article.body,
    "byline": lambda article: article.byline or None,
    "authors": lambda article: list(article.authors),
    "place": lambda article: article.place or None,
    "language": lambda article: article.language or None,
    "url": lambda article: article.url or None,
    "provenance": provenance_json,
}


def _query_json(answer: Answer, state: SearchState, root: str) -> Json:
    meant = answer.did_you_mean
    return {
        "raw": answer.text,
        "understood": answer.understood,
        "rewrites": [_rewrite_json(rewrite, state, root) for rewrite in answer.rewrites],
        "notices": [_notice_json(notice, answer.text) for notice in answer.notices],
        "didYouMean": {"text": meant, "links": _links(state.asking(meant), root)} if meant else None,
        "missingWords": list(answer.missing_words),
        "waysOut": [_way_out_json(way, state, root) for way in answer.ways_out],
    }


def _notice_json(notice: Notice, text: str) -> Json:
    return {
        "kind": notice.kind.value,
        "message": notice.message,
        "span": list(notice.span) if notice.span else None,
        "text": quoted(text, notice.span) or None,
    }


def _rewrite_json(rewrite: Rewrite, state: SearchState, root: str) -> Json:
    undone = {"text": rewrite.undo, "links": _links(state.asking(rewrite.undo), root)} if rewrite.undo else None
    return {"kind": rewrite.kind.value, "message": rewrite.message, "undo": undone}


def _way_out_json(way: WayOut, state: SearchState, root: str) -> Json:
    there = way_out_state(way.text, way.keeps_filters, state)
    return {"message": way.message, "text": way.text, "total": way.total, "links": _links(there, root)}


def _histogram_json(histogram: Histogram | None, links: Links) -> Json | None:
    if histogram is None:
        return None
    dates = links.state.dates
    return {
        "interval": histogram.interval.value,
        "bars": [
            {
                "start": bar.start.isoformat(),
                "end": bar.end.isoformat(),
                "label": bar_label(bar.start, histogram.interval),
                "count": bar.count,
                "archived": bar.archived,
                "links": {"self": links.between(*narrowed_to(bar, dates))},
            }
            for bar in histogram.bars
        ],
        "undated": histogram.undated,
    }


def _hit_json(hit: Hit, state: SearchState, root: str) -> Json:
    extra = {name: _EXTRA[name](hit.article) for name in state.show_fields}
    highlights = {field: runs_json(runs(snippet)) for field, snippet in hit.snippets.items() if snippet.fragments}
    score = None if hit.score is None else round(hit.score, 6)
    return summary_json(hit.article, root) | {"highlights": highlights, "score": score} | extra


def _related_hit_json(hit: RelatedHit, root: str) -> Json:
    why = {"words": list(hit.shared_words), "tags": list(hit.shared_tags), "days": hit.days}
    return summary_json(hit.article, root) | {"score": round(hit.score, 6), "shared": why}


def _links(state: SearchState, root: str) -> Json:
    return {"self": _api(state, root), "html": root + state.url}


def _api(state: SearchState, root: str) -> str:
    return root + state.url_at(API_SEARCH_PATH)


def suggestion_url(kind: str, text: str, article_id: str, root: str) -> str:
    """Where choosing a completion leads: a headline to its article, the rest to a search."""
    if article_id:
        return root + article_path(article_id)
    if kind == "tag":
        return root + SearchState().toggled("tag", text).url
    return root + SearchState(q=text).url
