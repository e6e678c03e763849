"""Saved: what a saved copy says of itself: where the page was, and on which day it was saved.

>>> copy_of("<!--\\n Page saved with SingleFile \\n url: https://a.example/x \\n saved date: Tue May 05 2020 10:00 -->")
Copy(url='https://a.example/x', day='May 05 2020')
>>> of_address("https://web.archive.org/web/20140226054445/http://paper.example/rain")
Copy(url='http://paper.example/rain', day='2014-02-26')
"""

import re
from typing import NamedTuple

REACH = 4_000  # characters in which programs that save pages say so


class Copy(NamedTuple):
    """Where a saved page was, and the day it was saved, as printed; "" when it does not say."""

    url: str = ""
    day: str = ""


_BROWSER = re.compile(r"<!--\s*saved from url=\(\d{1,6}\)(https?://[^\s>]{1,2000})", re.IGNORECASE)
_SINGLE_FILE = re.compile(
    r"<!--\s*Page saved with SingleFile\s+url:\s*(https?://[^\s>]{1,2000})"
    r"(?:\s+saved date:\s*\w{3} (\w{3} \d\d \d{4}))?"
)
_ARCHIVE = re.compile(r"https?://web\.archive\.org/web/(\d{4})(\d\d)(\d\d)\d{0,6}(?:[a-z]{2}_)?/(https?://.+)")


def copy_of(text: str) -> Copy:
    """From the comment that a browser or an extension puts at the top of a page."""
    head = text[:REACH]
    if (match := _SINGLE_FILE.search(head)) is not None:
        return Copy(match[1], match[2] or "")
    if (match := _BROWSER.search(head)) is not None:
        return Copy(match[1])
    return Copy()


def of_address(url: str) -> Copy:
    """From the address of a copy in a web archive; of any other the address alone."""
    match = _ARCHIVE.fullmatch(url[:2_000])
    return Copy(match[4], f"{match[1]}-{match[2]}-{match[3]}") if match is not None else Copy(url)
