"""Origins: where in a document of its format each field of a draft stood, for the person who asks why it looks so.

A format names the place of each field once; where it may be one of two, it says so.

>>> origins_of(Draft(headline="Rain"), {"headline": "hedline or title", "byline": "byline"})
(('headline', 'hedline or title'),)
"""

from collections.abc import Mapping

from searchsvc.ingest.draft import Draft


def origins_of(draft: Draft, places: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The fields that the draft has, each with its place."""
    return tuple((name, place) for name, place in places.items() if getattr(draft, name))


NITF = {
    "headline": "hedline or title", "summary": "abstract", "body": "body.content",
    "byline": "byline or first paragraph",
    "agency": "distributor or doc.copyright", "publication": "pubdata name", "section": "pubdata position.section",
    "place": "dateline or evloc", "tags": "tobject.subject and key-list", "language": "baselang", "id": "doc-id",
    "date_texts": "pubdata, date.release or date.issue", "revision": "doc-id ed-no or du-key version",
    "revised_text": "revision-history", "withdrawn": "management-status",
}  # fmt: skip

NEWSML_G2 = {
    "headline": "headline or title", "summary": "description", "body": "contentSet", "byline": "by, or in the text",
    "authors": "creator", "agency": "creditline or infoSource", "publication": "provider",
    "place": "located or dateline", "tags": "subject and keyword", "language": "language or xml:lang", "id": "guid",
    "date_texts": "firstCreated, contentCreated or versionCreated", "revision": "version",
    "revised_text": "versionCreated", "withdrawn": "pubStatus",
}  # fmt: skip

NEWSML_1 = {
    "headline": "HeadLine", "summary": "SubHeadLine", "body": "DataContent", "byline": "ByLine, or in the text",
    "agency": "Provider, Source or CreditLine", "place": "property City or DateLine", "tags": "keywords and topics",
    "language": "Language or xml:lang", "id": "NewsIdentifier", "date_texts": "FirstCreated, DateId or revision",
    "revision": "RevisionId", "revised_text": "ThisRevisionCreated", "withdrawn": "Status",
}  # fmt: skip

NINJS = {
    "headline": "headline", "summary": "description", "body": "body", "byline": "byline", "authors": "authors",
    "agency": "provider or source", "publication": "provider, source or copyrightholder", "section": "service",
    "place": "located or place", "tags": "subjects, keywords, people and organisations", "language": "language",
    "url": "uri", "id": "uri, guid or altids", "date_texts": "firstcreated, contentcreated or versioncreated",
    "revision": "version", "revised_text": "versioncreated", "withdrawn": "pubstatus",
}  # fmt: skip

FEED = {
    "headline": "title", "summary": "description or summary", "body": "content or description", "byline": "author",
    "authors": "author", "publication": "title of the feed or source", "tags": "category", "language": "language",
    "url": "link", "id": "guid or id", "date_texts": "pubDate, published or updated", "revised_text": "updated",
}  # fmt: skip

JSON_FEED = {
    "headline": "title", "summary": "summary", "body": "content_html, content_text or summary", "byline": "authors",
    "authors": "authors", "publication": "title of the feed", "tags": "tags", "language": "language",
    "url": "url or external_url", "id": "id", "date_texts": "date_published or date_modified",
    "revised_text": "date_modified",
}  # fmt: skip

SITEMAP = {
    "headline": "news:title", "publication": "news:publication", "tags": "news:keywords", "language": "news:language",
    "url": "loc", "date_texts": "news:publication_date or lastmod", "revised_text": "lastmod",
}  # fmt: skip

WIRE = {
    "headline": "heading", "summary": "heading", "body": "text", "byline": "heading", "section": "category",
    "agency": "trailer, header or dateline", "date_texts": "trailer",
}  # fmt: skip
