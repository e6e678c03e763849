"""Field names: what papers, feeds and scrapers call the parts of an article, and which part each is.

>>> field_of("Pub-Date"), field_of("Colour"), field_of("Dateline Place")
('date', None, 'place')
"""

import re
from functools import lru_cache

# Our field to the names it goes by, the surest first: where a record has several, the first that is not empty counts.
NAMES: dict[str, tuple[str, ...]] = {
    "headline": ("headline", "title", "headline_main", "main_headline", "hl", "head", "heading", "webtitle",
                 "article_title", "og_title"),
    "kicker": ("kicker", "overline", "eyebrow", "strapline", "headline_kicker"),
    "summary": ("summary", "abstract", "standfirst", "deck", "dek", "description", "excerpt", "lead", "lede",
                "subtitle", "subheadline", "trailtext", "trail_text", "teaser", "snippet", "og_description"),
    "body": ("body", "text", "body_text", "article_body", "articlebody", "bodytext", "content", "full_text",
             "fulltext", "maintext", "main_text", "story", "article", "article_text", "body_html", "content_html",
             "content_text", "body_xhtml", "paragraphs"),
    "byline": ("byline", "by", "headline_byline", "byline_original"),
    "authors": ("authors", "author", "creator", "creators", "writer", "writers", "reporter", "reporters", "dc_creator"),
    "agency": ("agency", "news_agency", "wire", "credit", "creditline"),
    "publication": ("publication", "source", "newspaper", "paper", "outlet", "publisher", "site", "site_name",
                    "website", "media", "domain", "source_domain", "source_name", "provider"),
    "section": ("section", "category", "desk", "section_name", "sectionname", "news_desk", "department", "rubric",
                "articlesection", "categories"),
    "place": ("dateline_place", "place", "dateline_location", "located", "location", "city", "dateline", "places"),
    "tags": ("tags", "keywords", "topics", "tag", "keyword", "topic", "subjects", "subject", "labels", "descriptors"),
    "language": ("language", "lang", "inlanguage", "locale"),
    "url": ("url", "link", "permalink", "web_url", "weburl", "article_url", "canonical_url", "source_url", "href",
            "uri"),
    "id": ("id", "guid", "_id", "article_id", "uuid", "identifier", "uid", "document_id", "docid", "doc_id", "newid"),
    "date": ("published_at", "date_published", "datepublished", "date_publish", "published", "publication_date",
             "published_on", "publish_date", "published_date", "publicationdate", "webpublicationdate", "pubdate",
             "pub_date", "versioncreated", "firstcreated", "date", "datetime", "published_time", "time", "timestamp",
             "issued", "dc_date", "date_raw", "created_at", "created", "dateline_text", "dateline_date", "year"),
    "revision": ("revision", "version", "revision_number", "version_number", "revisionid", "revision_id"),
    "revised": ("revised_at", "updated_at", "modified_at", "date_modified", "datemodified", "modified_date",
                "updated_date", "last_modified", "lastmodified", "last_updated", "modified", "updated", "revised"),
    "withdrawn": ("withdrawn", "retracted", "deleted", "pubstatus", "pub_status"),
    "saved": ("crawl_date", "crawled_at", "crawled", "date_download", "date_crawled", "downloaded_at", "retrieved",
              "retrieved_at", "retrieved_on", "accessed", "accessed_at", "scraped_at", "scraped", "fetched",
              "fetched_at", "saved_on", "saved_at", "archived_at"),
}  # fmt: skip

_RANKED = {name: (ours, rank) for ours, names in NAMES.items() for rank, name in enumerate(names)}


def field_of(theirs: str) -> str | None:
    """Our field for a name of theirs; None when it is none that we know."""
    ranked = rank_of(theirs)
    return None if ranked is None else ranked[0]


@lru_cache(maxsize=10_000)
def rank_of(theirs: str) -> tuple[str, int] | None:
    """Our field, and how far down its list the name stands: the lower, the surer."""
    if len(theirs) > 100:
        return None
    return _RANKED.get(re.sub(r"[^\w]+", "_", theirs.strip().lower()).strip("_") or "") or _RANKED.get(
        theirs.strip().lower()
    )
