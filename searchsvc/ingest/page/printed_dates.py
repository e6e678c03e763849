"""Printed dates: where in a line a date stands, and what is said of it. Reading it is for `text.dates`.

>>> [(d.text, d.label) for d in find_dates("Published: Sept 30, 2015 at 6:15 pm | Updated: 1 October 2015")]
[('Sept 30, 2015 at 6:15 pm', 'published'), ('1 October 2015', 'updated')]
"""

import re
from dataclasses import dataclass

_MONTHS = (
    r"(?:jan(?:uary|vier|uar|uari)?|jänner|janeiro|enero|gennaio|feb(?:ruary|ruar|brero|braio|ruari)?|f[ée]v(?:rier|ereiro)?|"
    r"mar(?:ch|s|zo|ço)?|märz|maart|apr(?:il|ile)?|avr(?:il)?|abr(?:il)?|may|mai|mayo|mei|maggio|maio|june?|juin|juni|junio|"
    r"junho|giugno|july?|juillet|juli|julio|julho|luglio|aug(?:ust|ustus)?|août|agosto|ago|sept?(?:ember|embre|iembre)?|"
    r"settembre|setembro|oct(?:ober|obre|ubre)?|okt(?:ober)?|ottobre|outubro|nov(?:ember|embre|iembre|embro)?|"
    r"dec(?:ember)?|d[ée]c(?:embre)?|dez(?:ember|embro)?|dic(?:iembre|embre)?)\.?"
)
_YEAR = r"(?:1[6-9]|20)\d\d"
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|º|\.)?"
_DATE = (
    rf"(?:{_MONTHS}[\s.,-]{{0,3}}{_DAY}[\s,.-]{{1,3}}{_YEAR}"
    rf"|(?<!\d){_DAY}[\s./-]{{0,3}}(?:de |of )?{_MONTHS}[\s,./-]{{0,3}}(?:de )?(?:{_YEAR}|'?\d\d(?!\d))"
    rf"|(?<!\d){_YEAR}(?P<a>[-/.])\d{{1,2}}(?P=a)\d{{1,2}}(?!\d)"
    rf"|(?<![\d/.])\d{{1,2}}(?P<b>[-/.])\d{{1,2}}(?P=b)(?:{_YEAR}|\d\d)(?![\d/])"
    rf"|{_YEAR}年\d{{1,2}}月\d{{1,2}}日)"
)
_ZONE = (
    r"(?:\s?\(?(?:GMT|UTC|Z\b|[A-Z]{2,4}T\b|ET\b|PT\b|BST|IST|MYT|CET)?\)?"
    r"(?:\s?(?:[+-]\d{1,2}:?(?:\d\d)?)(?!\d))?)?"
)
_TIME = (
    r"(?:T|,?\s*(?:at|um|à|a las|alle|-|–|—|\||•|@)?\s*)"
    rf"\d{{1,2}}[:.h]\d\d(?::\d\d(?:\.\d+)?)?(?:\s?[ap]\.?m\b\.?)?{_ZONE}"
)
_PRINTED = re.compile(rf"(?P<date>{_DATE})(?P<time>{_TIME})?", re.IGNORECASE)


def _label_shape(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\W*(?:on|at|le|el|am|in|:|\w+day)?\W*$", re.IGNORECASE)


_LABELS = (
    (
        "published",
        _label_shape("publi[a-zé]*|posted|first|original\\w*|issued|created|dated?|released|veröffentlicht|erstellt"),
    ),
    (
        "updated",
        _label_shape(
            "updated?|modified|last|edited|revised|corrected|aktualisiert|mis à jour|actualizado|aggiornato|atualizado"
        ),
    ),
    ("other", _label_shape("since|accessed|retrieved|expires?|until|born|joined|copyright|©")),
)
# A weekday or a time may stand between the label and the date: "Updated 1:39 am EST, Wednesday, ".
_BETWEEN = re.compile(
    r"(?:\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b|\d{1,2}[:.]\d\d|\b[ap]\.?m\b\.?|\b(?-i:[A-Z]{2,4})\b|[\s,.:-])*+$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date as printed, with its time; `day` is the part without. `label` is "published", "updated", "other" or ""."""

    text: str
    day: str
    start: int
    end: int
    label: str


def find_dates(line: str) -> list[PrintedDate]:
    """The dates in a line, which is looked at to 300 characters."""
    beginning = line[:300]
    found: list[PrintedDate] = []
    before = 0
    for match in _PRINTED.finditer(beginning):
        label = _label(beginning[before : match.start()])
        found.append(PrintedDate(match.group().strip(" ,|"), match["date"], match.start(), match.end(), label))
        before = match.end()
    return found


def _label(before: str) -> str:
    before = _BETWEEN.sub("", before[-60:])
    return next((label for label, shape in _LABELS if shape.search(before) is not None), "")
