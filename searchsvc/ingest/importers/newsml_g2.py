"""NewsML-G2: text items of the IPTC's XML family, single, in a message or in a package, with NITF, XHTML or plain text.

Items that are no articles (pictures, packages of references, concepts, events, planning) are passed over beside
articles; a file of nothing else is one Rejection that says what is in it.

>>> item = b"<newsItem guid='urn:x:1' version='2'><itemMeta><itemClass qcode='ninat:text'/></itemMeta>" \\
...     b"<contentMeta><headline>Rain</headline></contentMeta>" \\
...     b"<contentSet><inlineData>It rained.</inlineData></contentSet></newsItem>"
>>> [draft] = NewsmlG2Importer().read(Source.from_bytes("a.xml", item), ReadOptions())
>>> draft.id, draft.revision, draft.headline, draft.body
('urn:x:1', '2', 'Rain', ('It rained.',))
"""

from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element  # elements that safe_xml made

from searchsvc.ingest.credits import agency_name, names
from searchsvc.ingest.draft import DateText, Draft, Rejection
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.nitf import WITHDRAWN, draft_of_nitf
from searchsvc.ingest.importers.origins import NEWSML_G2, origins_of
from searchsvc.ingest.importers.safe_xml import XML, children, elements, first, local, root_name, text_of, within
from searchsvc.ingest.importers.story_markup import byline_apart, paragraphs

# What else the family has, and what to call it.
_OTHERS = {
    "packageItem": "package of references", "conceptItem": "concept", "knowledgeItem": "list of concepts",
    "planningItem": "plan of coverage", "catalogItem": "catalogue",
}  # fmt: skip
_ROOTS = frozenset(["newsMessage", "newsItem", *_OTHERS])


class NewsmlG2Importer:
    """Any number of articles a file."""

    name = "newsml-g2"
    suffixes = (".g2",)

    def sniff(self, head: bytes, suffix: str) -> float:
        """0.98 by the root element, else 0."""
        return 0.98 if root_name(head) in _ROOTS else 0.0

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Rejection]:
        """One draft per text item, in the order of the file.

        Raises MalformedSource where the XML breaks off or is not well-formed.
        """
        passed_over: dict[str, int] = {}
        articles = 0
        for found in elements(source, {"newsItem", *_OTHERS}):
            position = f"item {found.number}" if local(found.root) == "newsMessage" else ""
            if found.element is None:
                yield Rejection(reason=found.problem, source=source.name, position=position)
            elif kind := _other_kind(found.element):
                passed_over[kind] = passed_over.get(kind, 0) + 1
            else:
                articles += 1
                draft = draft_of_item(found.element)
                yield replace(
                    draft, importer=self.name, source=source.name, position=position, notes=found.notes,
                    origins=origins_of(draft, NEWSML_G2),
                )  # fmt: skip
        if not articles:
            yield Rejection(reason=no_article(passed_over), source=source.name)


def no_article(kinds: dict[str, int]) -> str:
    """Why nothing came of a file, by the kinds of what is in it."""
    what = ", ".join(f"{count} × {kind}" for kind, count in kinds.items())
    return f"no article in it: {what}" if what else "no article in it"


def _other_kind(item: Element) -> str:
    """What an item is that is no article; "" of an article."""
    if (name := local(item)) in _OTHERS:
        return _OTHERS[name]
    code = _code(first(item, "itemMeta", "itemClass")).rpartition(":")[2].lower()
    if code in ("picture", "graphic", "audio", "video", "animation", "composite"):
        return "package of references" if code == "composite" else code
    return ""


def draft_of_item(item: Element) -> Draft:
    """The draft of a `newsItem` of text, its importer, source and position left empty."""
    management, content = first(item, "itemMeta"), first(item, "contentMeta")
    story = _story(first(item, "contentSet"))
    created = text_of(first(content, "contentCreated"))
    made = text_of(first(management, "firstCreated"))
    revised = text_of(first(management, "versionCreated"))
    agency = text_of(first(content, "creditline")).rstrip("-–— ") or _named(first(content, "infoSource"))
    return Draft(
        headline=_headline(content) or story.headline or text_of(first(management, "title")),
        summary=_summary(content) or story.summary,
        body=story.body,
        byline=text_of(first(content, "by")) or story.byline,
        authors=() if story.byline or text_of(first(content, "by")) else _authors(content),
        agency=agency_name(agency) or agency or story.agency,
        publication=_named(first(management, "provider")),
        place=_named(first(content, "located")) or text_of(first(content, "dateline")) or story.place,
        tags=_tags(content),
        language=_attribute(first(content, "language"), "tag") or item.get(XML + "lang", ""),
        id=item.get("guid", ""),
        date_texts=tuple(DateText(text, "record") for text in (made, created, revised) if text) or story.date_texts,
        revision=item.get("version", ""),
        revised_text=revised,
        withdrawn=_code(first(management, "pubStatus")).rpartition(":")[2].lower() in WITHDRAWN or story.withdrawn,
    )


def _story(content: Element | None) -> Draft:
    """What the first rendition of the text that can be read holds: NITF, XHTML or plain text."""
    if content is None:
        return Draft()
    for rendition in children(content, "inlineXML", "inlineData"):
        if (nitf := next(within(rendition, "nitf"), None)) is not None:
            return draft_of_nitf(nitf)
        page = next(within(rendition, "html"), None)
        body = next(within(page if page is not None else rendition, "body"), page)
        if (text := paragraphs(body if body is not None else rendition)) and _is_story(rendition):
            byline, text = byline_apart(text)
            return Draft(byline=byline, body=text)
    return Draft()


def _is_story(rendition: Element) -> bool:
    """Whether what is inline is text for readers; tables of results (SportsML) and events are data."""
    inner = local(rendition[0]).lower() if len(rendition) else ""
    return inner in ("", "html", "body", "div", "section", "article", "p")


def _headline(content: Element | None) -> str:
    """The main one: without a role, or with that of the main one, before the others."""
    if content is None:
        return ""
    headlines = children(content, "headline")
    main = [each for each in headlines if each.get("role", "main").rpartition(":")[2].lower() in ("main", "headline")]
    return next((text for each in [*main, *headlines] if (text := text_of(each))), "")


def _summary(content: Element | None) -> str:
    for each in children(content, "description") if content is not None else ():
        if each.get("role", "").rpartition(":")[2].lower() in ("summary", "abstract", "lead", "teaser", ""):
            return text_of(each)
    return ""


def _authors(content: Element | None) -> tuple[str, ...]:
    """The people who made it; a name of one word is a house or an account."""
    creators = children(content, "creator") if content is not None else []
    return tuple(name for each in creators for name in names(_named(each)) if " " in name)


def _tags(content: Element | None) -> tuple[str, ...]:
    """Subjects by their names, not by their codes, and keywords."""
    if content is None:
        return ()
    named = (_named(each) if local(each) == "subject" else text_of(each) for each in children(content, *_TAGS))
    return tuple(name for name in named if len(name) > 1)


_TAGS = ("subject", "keyword")


def _named(element: Element | None) -> str:
    """What a property is called: its name, the English one first where it has several, or its literal."""
    if element is None:
        return ""
    given = children(element, "name")
    given.sort(key=lambda name: not name.get(XML + "lang", "").startswith("en"))
    return next((text for name in given if (text := text_of(name))), element.get("literal", ""))


def _code(element: Element | None) -> str:
    return _attribute(element, "qcode") or _attribute(element, "uri").rstrip("/").replace("/", ":")


def _attribute(element: Element | None, name: str) -> str:
    return "" if element is None else element.get(name, "").strip()
