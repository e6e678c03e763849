"""Which version of an article is the older."""

from datetime import UTC, datetime

import pytest

from searchsvc.model.versions import Version


def version(text: str) -> Version:
    """`3`, `2015-09-30T14:05Z`, `3 2015-09-30T14:05Z`, or nothing."""
    words = text.split()
    revision = int(words.pop(0)) if words and words[0].isdigit() else 0
    at = datetime.fromisoformat(words[0]) if words else None
    return Version(revision, at if at is None or at.tzinfo else at.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("offered", "kept", "is_older"),
    [
        # By the number.
        ("1", "2", True),
        ("2", "2", False),
        ("10", "9", False),
        # The number before the time: a late delivery of an early version is an early version.
        ("1 2015-10-02", "2 2015-10-01", True),
        ("3 2015-09-30", "2 2015-10-01", False),
        # By the time, where the number does not tell.
        ("2015-09-30T14:05Z", "2015-09-30T14:06Z", True),
        ("2015-09-30T14:06Z", "2015-09-30T14:06Z", False),
        ("2015-09-30T14:07Z", "2015-09-30T14:06Z", False),
        ("2 2015-09-30T14:05Z", "2 2015-09-30T14:06Z", True),
        ("2 2015-09-30T14:05Z", "2015-09-30T14:06Z", True),
        ("2015-09-30T14:05Z", "2 2015-09-30T14:06Z", True),
        # In whichever zone.
        ("2015-09-30T16:00+03:00", "2015-09-30T14:00Z", True),
        ("2015-09-30T18:00+03:00", "2015-09-30T14:00Z", False),
        # What only one of them says decides nothing.
        ("", "", False),
        ("", "2", False),
        ("2", "", False),
        ("", "2015-09-30T14:05Z", False),
        ("2015-09-30T14:05Z", "", False),
        ("", "2 2015-09-30T14:05Z", False),
        ("1", "2015-09-30T14:05Z", False),
        ("2015-09-30T14:05Z", "7", False),
        # A bare day is not before an hour of that day.
        ("2015-09-30", "2015-09-30T14:05Z", False),
        ("2015-09-30T14:05Z", "2015-09-30", False),
        ("2015-09-29", "2015-09-30T14:05Z", True),
        ("2015-09-30T14:05Z", "2015-10-01", True),
    ],
)
def test_which_version_is_older(offered: str, kept: str, is_older: bool) -> None:
    assert version(offered).is_older_than(version(kept)) is is_older


VERSIONS = ["", "1", "2", "2015-09-29", "2015-09-30T14:05Z", "1 2015-10-01", "2 2015-09-30"]


@pytest.mark.parametrize("one", VERSIONS)
@pytest.mark.parametrize("other", VERSIONS)
def test_no_two_versions_are_each_the_older(one: str, other: str) -> None:
    assert not (version(one).is_older_than(version(other)) and version(other).is_older_than(version(one)))
