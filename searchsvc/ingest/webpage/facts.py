"""Facts: publication, section, language, address and summary of the story on a page, each with where it is said.

>>> from searchsvc.ingest.webpage.tree import parse
>>> tree = parse('<html lang="en-GB"><meta property="article:section" content="Local news"><p>x')
>>> language(tree, Metadata.of(tree), []), section([], Metadata.of(tree), [], [], ())
(Claim(text='en-GB', origin='html lang'), Claim(text='Local news', origin='meta article:section'))
"""

import re
from collections.abc import Collection, Sequence
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from searchsvc.ingest.webpage.headline import is_called_kicker, parts
from searchsvc.ingest.webpage.metadata import Claim, Metadata
from searchsvc.ingest.webpage.structured import Thing, texts
from searchsvc.ingest.webpage.tree import text_of
from searchsvc.model.fields import value_key

MAX_SECTION = 60


def publication(meta: Metadata, articles: Sequence[Thing], others: Sequence[Thing], url: str) -> Claim | None:
    """The paper or site."""
    if (claim := meta.first("og:site_name")) is not None and not _is_address(claim.text):
        return claim
    for thing in articles:
        for name in ("publisher", "sourceOrganization", "provider"):
            if (claim := thing.claim(name)) is not None and not _is_address(claim.text):
                return claim
    for thing in others:
        if thing.kind in ("NewsMediaOrganization", "WebSite", "Organization") and (claim := thing.claim("name")):
            return claim
    claim = meta.first(
        "application-name", "apple-mobile-web-app-title", "publisher", "dc.publisher", "twitter:app:name:iphone"
    )
    if claim is not None and not _is_address(claim.text):
        return claim
    host = urlsplit(url).netloc.rpartition("@")[2].partition(":")[0].removeprefix("www.")
    return Claim(host, "url") if host else None


def _is_address(text: str) -> bool:
    return text.startswith(("http:", "https:", "@", "//")) or "facebook.com" in text


_SECTION_NAMES = (
    "article:section", "og:article:section", "parsely-section", "cxenseparse:section", "section", "articlesection",
    "sailthru.section", "dcsext.section", "og:section", "category", "news_category", "page_section", "vr:category",
)  # fmt: skip
# The front page, and what is no part of a paper.
_NO_SECTION = frozenset((
    "home", "homepage", "start", "startseite", "front page", "index", "main", "all", "inicio", "accueil", "portada",
    "hjem", "forside", "hem", "etusivu", "úvod", "strona główna", "главная", "ホーム", "トップ", "news", "nachrichten",
    "tags", "article", "articles", "artikel", "blog", "blogs", "story", "stories", "post", "posts", "content",
    "aktuell", "wiki", "category", "archive", "archives", "page", "pages", "html", "uncategorized", "allgemein",
    "index.php",
))  # fmt: skip


def section(
    elements: Sequence[HtmlElement], meta: Metadata, articles: Sequence[Thing], others: Sequence[Thing],
    sites: Collection[str], url: str = "",
) -> Claim | None:  # fmt: skip
    """The part of the paper: as its data says, else the first breadcrumb, a blog's category, the address."""
    claims: list[Claim | None] = list(meta.all(*_SECTION_NAMES[:3]))
    claims += (
        Claim(text, thing.origin("articleSection"))
        for thing in articles[:2]
        for text in texts(thing.values.get("articleSection"))
    )
    claims += meta.all(*_SECTION_NAMES[3:])
    claims += _breadcrumbs(elements, others)
    claims += _categories(elements)
    claims += _of_address(url)
    odd = {value_key(site) for site in sites}
    weak = None
    for claim in claims:
        if claim is None or not 1 < len(claim.text) <= MAX_SECTION or claim.text.isdigit() or _is_address(claim.text):
            continue
        if value_key(claim.text) in odd or "." in claim.text.strip("."):
            continue
        if value_key(claim.text) in _NO_SECTION:
            weak = weak or (claim if value_key(claim.text) in ("news", "nachrichten") else None)
            continue
        return claim
    return weak


def _breadcrumbs(elements: Sequence[HtmlElement], others: Sequence[Thing]) -> list[Claim]:
    """The steps from the first below the front page to the story, which is left out."""
    for thing in others:
        if thing.kind == "BreadcrumbList":
            steps = [text for item in _items(thing) for text in _step(item)]
            if len(steps) > 1:
                return [Claim(text, thing.origin("itemListElement")) for text in steps[:3]]
    trails = (each for each in elements if "breadcrumb" in f"{each.get('class', '')} {each.get('id', '')}".lower())
    for trail in islice(trails, 3):
        steps = [text_of(link) for link in trail.iter("a")]
        if 0 < len(steps) <= 8:
            return [Claim(text, "breadcrumbs") for text in steps[:3] if text]
    return []


def _categories(elements: Sequence[HtmlElement]) -> list[Claim]:
    links = (each for each in elements if each.tag == "a" and "category" in each.get("rel", "").lower().split())
    return [Claim(text_of(link), "link rel category") for link in islice(links, 3)]


_FIRST_STEP = re.compile(r"/([a-z]{4,20}(?:-[a-z]{2,20})?)/.{8,}", re.IGNORECASE)


def _of_address(url: str) -> list[Claim]:
    """The first step of a path, when it is a word: `/local-news/bridge-closed`."""
    match = _FIRST_STEP.match(urlsplit(url).path)
    return [Claim(match[1].replace("-", " ").capitalize(), "url")] if match is not None else []


def _items(thing: Thing) -> list[object]:
    listed = thing.values.get("itemListElement")
    items = listed if isinstance(listed, list) else [listed]
    return items[:-1] if len(items) > 1 else items


def _step(item: object) -> list[str]:
    if not isinstance(item, dict):
        return []
    name = item.get("name") or (item["item"].get("name") if isinstance(item.get("item"), dict) else "")
    return list(texts(name))[:1]


def language(root: HtmlElement, meta: Metadata, articles: Sequence[Thing]) -> Claim | None:
    """The language as the page writes it (`en`, `en-US`, `en_GB`): of the html element, the data, else the head."""
    if lang := root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang"):
        return Claim(lang.strip(), "html lang")
    for thing in articles:
        if (claim := thing.claim("inLanguage")) is not None:
            return claim
    return meta.first("og:locale", "content-language", "language", "dc.language", "dcterms.language")


def address(root: HtmlElement, meta: Metadata, url: str) -> Claim | None:
    """Where the story is to be found: as given, else as the page says."""
    if url:
        return Claim(url, "given")
    for link in root.iter("link"):
        if "canonical" in link.get("rel", "").lower() and _is_absolute(href := link.get("href", "").strip()):
            return Claim(href, "link canonical")
    claim = meta.first("og:url", "twitter:url", "parsely-link", "dc.identifier")
    return claim if claim is not None and _is_absolute(claim.text) else None


def _is_absolute(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def summary(meta: Metadata, articles: Sequence[Thing]) -> Claim | None:
    """The description in the first article's data, else in the page's head; None when neither has one."""
    for thing in articles[:1]:
        if (claim := thing.claim("description")) is not None:
            return claim
    return meta.first("og:description", "description", "twitter:description", "dc.description")


def told_body(articles: Sequence[Thing]) -> str:
    """The text of the story, where the page's data has it."""
    return next((text for thing in articles if isinstance(text := thing.values.get("articleBody"), str)), "")


def kicker(cut: str, heading: HtmlElement | None) -> Claim | None:
    """What was cut off the headline, else what its element has above it, else the line right before it."""
    if cut:
        return Claim(cut, "h1")
    if heading is None:
        return None
    if above := parts(heading)[0]:
        return Claim(above, f"{heading.tag} above the headline")
    previous = heading.getprevious()
    if previous is not None and is_called_kicker(previous) and 1 < len(text := text_of(previous)) <= MAX_SECTION:
        return Claim(text, f"{previous.tag} before the headline")
    return None
