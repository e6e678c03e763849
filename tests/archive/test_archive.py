"""The one object that the web and the command line hold."""

import pytest

from searchsvc.archive.archive import Archive
from searchsvc.errors import ArticleNotFound


def test_related_never_holds_the_article_itself(archive: Archive) -> None:
    related = archive.related("1")
    found = {hit.article.id for part in (related.before, related.after, related.angles) for hit in part}
    assert "1" not in found
    with pytest.raises(ArticleNotFound):
        archive.related("nonsense")


def test_suggesting_for_nothing_gives_nothing(archive: Archive) -> None:
    assert archive.suggest("  ") == ()
