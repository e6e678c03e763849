"""Article: the draft of what is on one web page.

Not for deciding whether it gets in (`ingest.finishing`), and not for files (`ingest.importers.html`).
"""

import dataclasses

from lxml.html import HtmlElement

from searchsvc.errors import MalformedSource
from searchsvc.ingest.draft import DateText, Draft
from searchsvc.ingest.webpage import dating, facts, headline, people, saved, tags
from searchsvc.ingest.webpage.body import find_body
from searchsvc.ingest.webpage.decoding import decoded
from searchsvc.ingest.webpage.metadata import Claim, Metadata
from searchsvc.ingest.webpage.paragraphs import story
from searchsvc.ingest.webpage.structured import own, things
from searchsvc.ingest.webpage.tree import MAX_SIZE, elements_of, parse

MIN_TEXT = 80  # characters of a story; a brief has more, the rest of an empty page has not


def read_page(content: bytes, *, url: str = "", charset: str = "") -> Draft:
    """What is on the page. Raises MalformedSource, without a source's name, when there is no article on it."""
    if len(content) > MAX_SIZE:
        raise MalformedSource(f"larger than {MAX_SIZE // 1_000_000} MB, too large for one page", source="")
    text, note = decoded(content, charset)
    copy = saved.copy_of(text)
    address = saved.of_address(url or copy.url)
    draft = _draft(parse(text), address.url)
    notes = (*filter(None, [note]), *draft.notes)
    return dataclasses.replace(draft, saved_text=address.day or copy.day, notes=notes)


def _draft(root: HtmlElement, url: str) -> Draft:
    elements = elements_of(root)
    meta = Metadata.of(root)
    described = things(root)
    address = facts.address(root, meta, url)
    where = _text(address)
    titles = headline.titles(root, meta)
    articles = own(described, [claim.text for claim in titles], [where])
    publication = facts.publication(meta, articles, described, where)
    sites = [publication.text] if publication else []
    summary = facts.summary(meta, articles)
    title = headline.choose(
        [*titles, *headline.told(articles)], sites=[*sites, *_hosts(where)], address=where, summary=_text(summary)
    )
    heading = _heading(root, title.claim)
    authors = people.authors(meta, articles)
    names = [claim.text for claim in authors]
    text = find_body(root, facts.told_body(articles))
    body = story(text, root, headline=_text(title.claim), summary=_text(summary), people=names)
    if sum(map(len, body.paragraphs)) < MIN_TEXT:
        raise MalformedSource("no article on the page", source="")
    dates = dating.choose([
        *dating.claims_of(elements, heading, meta, articles, [each for each in described if each.is_page], where),
        *dating.beginning_of(body.paragraphs),
    ])  # fmt: skip
    tagging = tags.choose(
        tags.lists_of(root, meta, articles), story=" ".join((_text(title.claim), *body.paragraphs)),
        strangers=[*sites, *names], url=where,
    )  # fmt: skip
    claims = {
        "headline": title.claim,
        "kicker": facts.kicker(title.kicker, heading),
        "summary": Claim(body.deck, "page between headline and story") if body.deck else summary,
        "byline": people.byline(elements),
        "publication": publication,
        "section": facts.section(elements, meta, articles, described, sites, where),
        "language": facts.language(root, meta, articles),
        "url": address,
    }
    origins = {name: claim.origin for name, claim in claims.items() if claim is not None}
    origins |= {"authors": authors[0].origin} if authors else {}
    origins |= {"tags": tagging.origin} if tagging.tags else {}
    origins |= {"date": dates.claims[0].origin} if dates.claims else {}
    said = {name: _text(claim) for name, claim in claims.items()}
    shown = f"the page's heading is another: {title.shown[:200]}" if title.shown else ""
    return Draft(
        headline=said["headline"], kicker=said["kicker"], summary=said["summary"], byline=said["byline"],
        publication=said["publication"], section=said["section"], language=said["language"], url=said["url"],
        body=tuple(body.paragraphs), authors=tuple(names), tags=tagging.tags,
        date_texts=tuple(DateText(claim.text, claim.origin.partition(" ")[0]) for claim in dates.claims),
        notes=tuple(filter(None, (dates.note, shown))), origins=tuple(origins.items()),
    )  # fmt: skip


def _text(claim: Claim | None) -> str:
    return claim.text if claim is not None else ""


def _hosts(url: str) -> list[str]:
    """The address of a site, with and without its parts, as titles name it."""
    host = url.partition("//")[2].partition("/")[0].removeprefix("www.")
    return [host, host.rpartition(".")[0]] if host else []


def _heading(root: HtmlElement, title: Claim | None) -> HtmlElement | None:
    """The element that shows the headline: the first heading of its words, else the first that is any."""
    headings = list(root.iter("h1", "h2"))[:50]
    if title is not None:
        key = headline.title_key(title.text)
        for each in headings:
            if (shown := headline.title_key(headline.parts(each)[1])) and (shown == key or shown.endswith(key)):
                return each
    return next((each for each in headings if each.tag == "h1"), None)
