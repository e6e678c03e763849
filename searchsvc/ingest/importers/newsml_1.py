"""NewsML 1.x: text items of the older packages of the IPTC, as agencies sent them from 2000 on.

Each news item is one article: the first of its components that has text, headlines and subjects from wherever in it.

>>> item = b"<NewsML><NewsItem><NewsComponent><NewsLines><HeadLine>Rain</HeadLine></NewsLines><ContentItem>" \\
...     b"<DataContent><p>It rained.</p></DataContent></ContentItem></NewsComponent></NewsItem></NewsML>"
>>> [draft] = Newsml1Importer().read(Source.from_bytes("a.xml", item), ReadOptions())
>>> draft.headline, draft.body
('Rain', ('It rained.',))
"""

from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element  # elements that safe_xml made

from searchsvc.ingest.credits import agency_name
from searchsvc.ingest.draft import DateText, Draft, Rejection
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.newsml_g2 import no_article
from searchsvc.ingest.importers.nitf import WITHDRAWN, draft_of_nitf
from searchsvc.ingest.importers.origins import NEWSML_1, origins_of
from searchsvc.ingest.importers.safe_xml import XML, elements, first, local, root_name, text_of, within
from searchsvc.ingest.importers.story_markup import paragraphs


class Newsml1Importer:
    """Any number of articles a file."""

    name = "newsml-1"
    suffixes = (".newsml",)

    def sniff(self, head: bytes, suffix: str) -> float:
        """0.98 by the root element, else 0."""
        return 0.98 if root_name(head) == "NewsML" else 0.0

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Rejection]:
        """One draft per news item that is text or is withdrawn; the others are only counted.

        Raises MalformedSource where the XML breaks off or is not well-formed.
        """
        others = articles = 0
        for found in elements(source, {"NewsItem"}):
            position = f"item {found.number}"
            if found.element is None:
                yield Rejection(reason=found.problem, source=source.name, position=position)
                continue
            draft = draft_of_item(found.element)
            if not draft.body and not _is_text(found.element) and not draft.withdrawn:
                others += 1
                continue
            articles += 1
            yield replace(
                draft, importer=self.name, source=source.name, position=position, notes=found.notes,
                origins=origins_of(draft, NEWSML_1),
            )  # fmt: skip
        if not articles:
            yield Rejection(reason=no_article({"item without text": others} if others else {}), source=source.name)


def draft_of_item(item: Element) -> Draft:
    """The draft of a `NewsItem`, its importer, source and position left empty."""
    identifier, management = first(item, "Identification", "NewsIdentifier"), first(item, "NewsManagement")
    story = _story(item)
    made, revised = text_of(first(management, "FirstCreated")), text_of(first(management, "ThisRevisionCreated"))
    dates = (made, text_of(first(identifier, "DateId")), revised)
    provider = _formal(_one(item, "Provider")) or _formal(_one(item, "Source")) or text_of(_one(item, "CreditLine"))
    dateline = text_of(_one(item, "DateLine"))
    return Draft(
        headline=text_of(_one(item, "HeadLine")) or story.headline,
        summary=text_of(_one(item, "SubHeadLine")) or story.summary,
        body=story.body,
        byline=text_of(_one(item, "ByLine")) or story.byline,
        agency=agency_name(provider) or provider or story.agency,
        place=_property(item, "City") or dateline.partition(",")[0].strip(" -") or story.place,
        tags=tuple(dict.fromkeys([*_keywords(item), *_topics(item)])),
        language=_attribute(_one(item, "Language"), "FormalName").lower() or item.get(XML + "lang", ""),
        id=_id(identifier),
        date_texts=tuple(DateText(text, "record") for text in dates if text) or story.date_texts,
        revision=text_of(first(identifier, "RevisionId")),
        revised_text=revised,
        withdrawn=_attribute(first(management, "Status"), "FormalName").lower() in WITHDRAWN,
    )


def _id(identifier: Element | None) -> str:
    """The item's own name, the same for all its revisions: the public one has the revision's number at its end."""
    parts = [text_of(first(identifier, name)) for name in ("ProviderId", "DateId", "NewsItemId")]
    return ":".join(["urn:newsml", *parts]) if parts[2] else text_of(first(identifier, "PublicIdentifier"))


def _story(item: Element) -> Draft:
    for content in within(item, "DataContent"):
        if (nitf := next(within(content, "nitf"), None)) is not None:
            return draft_of_nitf(nitf)
        if text := paragraphs(next(within(content, "body"), content)):
            return Draft(body=text)
    return Draft()


def _is_text(item: Element) -> bool:
    return any(_attribute(each, "FormalName").lower() == "text" for each in within(item, "MediaType"))


def _topics(item: Element) -> Iterator[str]:
    """The names of subjects, in the language of the item where the file has several."""
    for topic in within(item, "Topic"):
        named = [each for each in topic if local(each) == "Description" and each.get("Variant", "Name") == "Name"]
        named.sort(key=lambda each: each.get(XML + "lang", "") != "en")
        if named:
            yield text_of(named[0])


def _keywords(item: Element) -> Iterator[str]:
    for each in within(item, "Property"):
        if each.get("FormalName") == "Keyword" and each.get("Value"):
            yield each.get("Value", "")


def _property(item: Element, name: str) -> str:
    return next((each.get("Value", "") for each in within(item, "Property") if each.get("FormalName") == name), "")


def _formal(element: Element | None) -> str:
    return _attribute(next(within(element, "Party"), None), "FormalName") if element is not None else ""


def _one(item: Element, name: str) -> Element | None:
    """The first of this name, wherever in the item."""
    return next((each for each in within(item, name)), None)


def _attribute(element: Element | None, name: str) -> str:
    return "" if element is None else element.get(name, "").strip()
