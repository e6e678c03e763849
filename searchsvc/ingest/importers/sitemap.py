"""News sitemaps: the list of new articles that a site publishes for Google News; each is a headline without a text.

>>> listed = b"<urlset xmlns:n='x'><url><loc>https://echo.example/rain</loc><n:news><n:title>Rain</n:title>" \\
...     b"<n:publication_date>2015-09-30</n:publication_date></n:news></url></urlset>"
>>> [draft] = SitemapImporter().read(Source.from_bytes("a.xml", listed), ReadOptions())
>>> draft.headline, draft.url, draft.date_texts[0].text
('Rain', 'https://echo.example/rain', '2015-09-30')
"""

from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from searchsvc.ingest.draft import DateText, Draft, Rejection
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.origins import SITEMAP, origins_of
from searchsvc.ingest.importers.safe_xml import FoundElement, elements, first, root_name, text_of


class SitemapImporter:
    """One article an address."""

    name = "sitemap"
    suffixes = ()

    def sniff(self, head: bytes, suffix: str) -> float:
        """0.98 by the root element, of a sitemap or of a list of sitemaps; else 0."""
        return 0.98 if root_name(head) in ("urlset", "sitemapindex") else 0.0

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Rejection]:
        """One draft per address with news; nothing is fetched.

        A last Rejection counts the sitemaps that are listed, else the addresses without news.
        """
        pages = articles = sitemaps = 0
        for found in elements(source, {"url", "sitemap"}):
            if found.element is None:
                yield Rejection(reason=found.problem, source=source.name, position=f"item {found.number}")
            elif (news := first(found.element, "news")) is not None:
                articles += 1
                draft = _draft(found, found.element, news, source, options, self.name)
                yield replace(draft, origins=origins_of(draft, SITEMAP))
            elif found.element.tag.endswith("sitemap"):
                sitemaps += 1
            else:
                pages += 1
        if sitemaps:
            reason = f"a list of {sitemaps:,} other sitemaps, which are not fetched"
            yield Rejection(reason=reason, source=source.name)
        elif pages or not articles:  # of a page only the address is known
            yield Rejection(reason=f"{pages:,} addresses without news: no headlines to read", source=source.name)


def _draft(
    found: FoundElement, url: Element, news: Element, source: Source, options: ReadOptions, importer: str
) -> Draft:  # fmt: skip
    publication = first(news, "publication")
    keywords = text_of(first(news, "keywords"))
    modified = text_of(first(url, "lastmod"))
    dates = (text_of(first(news, "publication_date")), modified)
    return Draft(
        headline=text_of(first(news, "title")),
        publication=text_of(first(publication, "name")) or options.source_name,
        tags=tuple(filter(None, (part.strip() for part in keywords.split(",")))),
        language=text_of(first(publication, "language")),
        url=text_of(first(url, "loc")),
        date_texts=tuple(DateText(text, "sitemap") for text in dates if text),
        revised_text=modified,
        importer=importer,
        source=source.name,
        position=f"item {found.number}",
        notes=found.notes,
    )
