"""Versions: which of two versions of an article is the older.

A source may count its versions, say when each was made, both, or neither. What only one of the two says decides
nothing: a paper that corrects a story need not number it, and its correction must still get in.

>>> Version(revision=2).is_older_than(Version(revision=10))
True
>>> Version().is_older_than(Version(revision=10))
False
"""

from datetime import UTC, datetime
from typing import NamedTuple


class Version(NamedTuple):
    """What is known of an article's version: its number (0: not known), and when it was made (aware, or None)."""

    revision: int = 0
    revised_at: datetime | None = None

    def is_older_than(self, other: "Version") -> bool:
        """By the number, where both have one and they differ; else by the time, where both have one; else not.

        A time of midnight UTC is a day whose hour nobody knows: it is not older than an hour of the same day.
        """
        if self.revision and other.revision and self.revision != other.revision:
            return self.revision < other.revision
        if self.revised_at is None or other.revised_at is None:
            return False
        mine, theirs = self.revised_at.astimezone(UTC), other.revised_at.astimezone(UTC)
        if _is_day(mine) or _is_day(theirs):
            return mine.date() < theirs.date()
        return mine < theirs

    def of_both_withdrawals(self, other: "Version") -> "Version":
        """Up to which version an article is gone that was taken back up to this one, and up to the other.

        >>> Version(2).of_both_withdrawals(Version(3)), Version(2).of_both_withdrawals(Version()).revision
        (Version(revision=3, revised_at=None), 0)
        """
        at = None
        if self.revised_at is not None and other.revised_at is not None:
            at = max(self.revised_at, other.revised_at)
        return Version(max(self.revision, other.revision) if self.revision and other.revision else 0, at)


def _is_day(at: datetime) -> bool:
    return not (at.hour or at.minute or at.second or at.microsecond)
