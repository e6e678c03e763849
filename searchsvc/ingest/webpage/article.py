"""Article: the draft of what is on one web page.

Not for deciding whether it gets in (`ingest.finishing`), and not for files (`ingest.importers.html`).
"""

from lxml.html import HtmlElement

from searchsvc.errors import MalformedSource
from searchsvc.ingest.draft import DateText, Draft
from searchsvc.ingest.webpage import dating, facts, headline, people, tags
from searchsvc.ingest.webpage.body import find_body
from searchsvc.ingest.webpage.decoding import decoded
from searchsvc.ingest.webpage.metadata import Claim, Metadata
from searchsvc.ingest.webpage.paragraphs import story
from searchsvc.ingest.webpage.structured import own, things
from searchsvc.ingest.webpage.tree import MAX_SIZE, parse, text_of


def read_page(content: bytes, *, url: str = "", charset: str = "") -> Draft:
    """What is on the page. Raises MalformedSource, without a source's name, when there is no article on it."""
    if len(content) > MAX_SIZE:
        raise MalformedSource(f"larger than {MAX_SIZE // 1_000_000} MB, too large for one page", source="")
    text, note = decoded(content, charset)
    return _draft(parse(text), url, [note] if note else [])


def _draft(root: HtmlElement, url: str, notes: list[str]) -> Draft:
    meta = Metadata.of(root)
    described = things(root)
    address = facts.address(root, meta, url)
    where = address.text if address else ""
    articles = own(described, [claim.text for claim in headline.titles(root, meta, [])], [where])
    publication = facts.publication(meta, articles, described, where)
    sites = [publication.text] if publication else []
    title = headline.choose(headline.titles(root, meta, articles), sites=[*sites, *_hosts(where)])
    heading = _heading(root, title.claim)
    claims = dating.claims_of(root, heading, meta, articles, [thing for thing in described if thing.is_page], where)
    authors = people.authors(meta, articles)
    byline = people.byline(root, heading)
    lists = tags.lists_of(root, meta, articles)
    language = facts.language(root, meta, articles)
    summary = facts.summary(meta, articles)
    section = facts.section(root, meta, articles, described, sites)
    told = next((text for thing in articles if isinstance(text := thing.values.get("articleBody"), str)), "")
    found = story(
        find_body(root, told), root, headline=_text(title.claim), summary=_text(summary),
        people=[claim.text for claim in authors],
    )  # fmt: skip
    body = tuple(found.paragraphs)
    if not body:
        raise MalformedSource("no article on the page", source="")
    words = " ".join((_text(title.claim), *body))
    tagging = tags.choose(lists, story=words, strangers=[*sites, *(claim.text for claim in authors)], url=where)
    dates = dating.choose([*claims, *filter(None, [dating.beginning_of(body)])])
    if dates.note:
        notes.append(dates.note)
    return Draft(
        headline=_text(title.claim), kicker=title.kicker or (headline.parts(heading)[0] if heading is not None else ""), summary=found.deck or _text(summary), body=body,
        byline=_text(byline), authors=tuple(claim.text for claim in authors), publication=_text(publication),
        section=_text(section), tags=tagging.tags, language=_text(language), url=where,
        date_texts=tuple(DateText(claim.text, claim.origin) for claim in dates.claims), notes=tuple(notes),
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
