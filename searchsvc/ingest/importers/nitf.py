"""NITF: the News Industry Text Format of the IPTC, versions 2.5 to 3.6, one article a document.

>>> story = b"<nitf><head><docdata><doc-id id-string='x.1'/></docdata></head><body><body.head><hedline>" \\
...     b"<hl1>Rain</hl1></hedline></body.head><body.content><p>It rained.</p></body.content></body></nitf>"
>>> [draft] = NitfImporter().read(Source.from_bytes("a.xml", story), ReadOptions())
>>> draft.id, draft.headline, draft.body
('x.1', 'Rain', ('It rained.',))
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element  # elements that safe_xml made

from searchsvc.ingest.credits import agency_name
from searchsvc.ingest.draft import DateText, Draft, Rejection
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.origins import NITF, origins_of
from searchsvc.ingest.importers.safe_xml import XML, children, elements, first, local, root_name, text_of, within
from searchsvc.ingest.importers.story_markup import byline_apart, paragraphs

# Of `docdata`, and as other formats of the IPTC name them: the article is no longer, or not yet, to be shown.
WITHDRAWN = frozenset(["canceled", "cancelled", "withheld", "killed"])


class NitfImporter:
    """One article a file."""

    name = "nitf"
    suffixes = (".nitf",)

    def sniff(self, head: bytes, suffix: str) -> float:
        """0.98 by the root element, 0.5 by the suffix alone."""
        if root_name(head) == "nitf":
            return 0.98
        return 0.5 if suffix in self.suffixes else 0.0

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Rejection]:
        """One draft per `nitf` element. Raises MalformedSource where the XML breaks off or is not well-formed."""
        number = 0
        for found in elements(source, {"nitf"}):
            number = found.number
            if found.element is None:
                yield Rejection(reason=found.problem, source=source.name)
                continue
            draft = draft_of_nitf(found.element)
            origins = origins_of(draft, NITF)
            yield replace(draft, importer=self.name, source=source.name, notes=found.notes, origins=origins)
        if not number:
            yield Rejection(reason="XML without a nitf element", source=source.name)


def draft_of_nitf(nitf: Element) -> Draft:
    """The draft of a `nitf` element, its importer, source and position left empty."""
    head, body = first(nitf, "head"), first(nitf, "body")
    docdata = first(head, "docdata")
    top, content = first(body, "body.head"), first(body, "body.content")
    if content is None:  # a story may stand in the body right away
        content = body
    publication = first(head, "pubdata")
    byline, body_text = _byline(top), paragraphs(content) if content is not None else ()
    if not byline:
        byline, body_text = byline_apart(body_text)
    withdrawn = _attribute(docdata, "management-status").lower() in WITHDRAWN
    distributor = text_of(first(top, "distributor")) or _attribute(first(docdata, "doc.copyright"), "holder")
    return Draft(
        headline=_headline(top) or text_of(first(head, "title")),
        summary=text_of(first(top, "abstract")),
        body=body_text,
        byline=byline,
        agency=agency_name(distributor) or distributor,
        publication=_attribute(publication, "name"),
        section=_attribute(publication, "position.section"),
        place=_place(top, docdata),
        tags=_tags(head, docdata),
        language=nitf.get("baselang", "") or nitf.get(XML + "lang", ""),
        id=_attribute(first(docdata, "doc-id"), "id-string"),
        date_texts=tuple(_dates(publication, docdata, top)),
        revision=_attribute(first(docdata, "doc-id"), "ed-no") or _attribute(first(docdata, "du-key"), "version"),
        revised_text=next((_attribute(each, "norm") for each in reversed(_revisions(head))), ""),
        withdrawn=withdrawn,
    )  # fmt: skip


def _headline(top: Element | None) -> str:
    for group in ("hedline", "headline"):  # AP writes it in full
        if headline := text_of(first(top, group, "hl1")):
            return headline
    return text_of(first(top, "hedline"))


def _byline(top: Element | None) -> str:
    """The byline with who they are after a comma: `By Jane Doe, Staff Writer`."""
    byline = first(top, "byline")
    if byline is None:
        return ""
    parts = [byline.text or ""]
    for child in byline:
        text = text_of(child)
        parts.append(f", {text}" if local(child) == "byttl" and text else f" {text}")
        parts.append(child.tail or "")
    return re.sub(r"(?: ?,)+", ",", " ".join("".join(parts).split())).strip(" ,")


def _place(top: Element | None, docdata: Element | None) -> str:
    dateline = first(top, "dateline")
    if dateline is not None:
        location = first(dateline, "location")
        if text := text_of(first(location, "city")) or text_of(location):
            return text
        if not len(dateline):
            return text_of(dateline).rstrip(" -–—")
    return _attribute(first(docdata, "evloc"), "city")


def _tags(head: Element | None, docdata: Element | None) -> tuple[str, ...]:
    """Subjects by their names, from the general to the special, and keywords."""
    subjects = children(subject, "tobject.subject") if (subject := first(head, "tobject")) is not None else []
    named = [each.get(f"tobject.subject.{part}", "") for each in subjects for part in ("type", "matter", "detail")]
    keywords = first(docdata, "key-list")
    return tuple(filter(None, [*named, *(each.get("key", "") for each in keywords or ())]))


def _dates(publication: Element | None, docdata: Element | None, top: Element | None) -> Iterator[DateText]:
    """When it was published, may be published, or was sent; as normalised, else as printed."""
    printed = _attribute(publication, "date.publication")
    if printed:
        yield DateText(printed, "record")
    for element in (
        first(docdata, "date.release"),
        first(docdata, "date.issue"),
        first(top, "dateline", "story.date"),
    ):
        if text := _attribute(element, "norm") or text_of(element):
            yield DateText(text, "record")


def _revisions(head: Element | None) -> list[Element]:
    return list(within(head, "revision-history")) if head is not None else []


def _attribute(element: Element | None, name: str) -> str:
    return "" if element is None else element.get(name, "").strip()
