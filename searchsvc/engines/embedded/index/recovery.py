"""Recovery: the stored articles of a build that is outdated, or damaged in part, for `searchsvc rebuild`.

It reads of each segment the stored articles and which of them are deleted, and nothing else.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from whoosh.codec.base import Segment as WhooshSegment
from whoosh.filedb.filestore import FileStorage

from searchsvc.engines.embedded.index.builds import ANEW
from searchsvc.engines.embedded.index.commits import read_commit
from searchsvc.engines.embedded.index.segment import damage_named
from searchsvc.engines.embedded.schema import STORED
from searchsvc.errors import IndexDamaged
from searchsvc.model.article import Article


def stored_articles(folder: Path) -> Iterator[Article]:
    """Every live article of a build's last commit. Raises IndexDamaged when one cannot be read."""
    try:
        for segment in read_commit(folder).segments:
            yield from _of_segment(folder, segment)
    except IndexDamaged as error:
        raise IndexDamaged(str(error), hint=ANEW) from error


def _of_segment(folder: Path, segment: WhooshSegment) -> Iterator[Article]:
    with damage_named(str(segment.segment_id())):
        stored = segment.codec().per_document_reader(FileStorage(str(folder)), segment)
    try:
        for docid in range(segment.doc_count_all()):
            with damage_named(str(segment.segment_id())):
                if segment.is_deleted(docid):
                    continue
                article = Article.from_json(json.loads(stored.stored_fields(docid)[STORED]))
            yield article
    finally:
        stored.close()
