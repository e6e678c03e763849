"""Finishing: of what an importer saw, an article; or why not.

Everything is cleaned here, for every format alike, and what was odd is written into the article's provenance.

>>> draft = Draft(headline=" Rain ", body=("It rained.",), date_texts=(DateText("30 Sept 2015", "page"),))
>>> article = finish(draft, today=date(2024, 3, 19))
>>> article.headline, article.published_on.isoformat(), article.date_source
('Rain', '2015-09-30', 'page')
"""

import hashlib
import re
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from searchsvc.ingest.credits import dateline, names, without_credit
from searchsvc.ingest.draft import DateText, Draft, Rejection, Withdrawal
from searchsvc.model.article import Article, ArticleId, DatePrecision, Provenance
from searchsvc.model.fields import value_key
from searchsvc.model.versions import Version
from searchsvc.text.cleaning import tidy_line, tidy_paragraphs
from searchsvc.text.dates import ReadDate, is_plausible, read_date
from searchsvc.text.fingerprints import simhash
from searchsvc.text.languages import detect

MAX_BODY = 2_000_000  # characters; the longest books have that many, no news has
MAX_HEADLINE = 1_000
MAX_LEAD = 120  # characters of the text that stand in for a missing headline
MAX_TAGS = 100
MAX_VALUE = 200  # characters of a tag, section, author, agency, place or publication
MAX_SUMMARY = 10_000
MAX_ID = 200
MAX_URL = 2_000
DEFAULT_LANGUAGE = "en"


def finish(
    draft: Draft, *, today: date, default_language: str | None = None, source_name: str = "", day_first: bool = False
) -> Article | Rejection | Withdrawal:
    """Make an article of a draft, or say why not; of one that its source takes back, the withdrawal.

    `source_name` is the publication of those that name none; `default_language` is that of texts too short to tell.
    """
    if draft.withdrawn:
        return _withdrawal(draft, today, day_first)
    if sum(map(len, draft.body)) > 2 * MAX_BODY:  # before cleaning, which would only make a long wait of it
        return _rejection(draft, f"the text is longer than {MAX_BODY:,} characters")
    notes = list(draft.notes)
    paragraphs, agency = _story(draft)
    body = "\n\n".join(paragraphs)
    if len(body) > MAX_BODY:
        return _rejection(draft, f"the text is longer than {MAX_BODY:,} characters")
    headline = _headline(draft.headline, paragraphs, notes)
    if not headline:
        return _rejection(draft, "no headline and no text")
    line = dateline(paragraphs[0]) if paragraphs and draft.origin is None else None
    found = _published(draft.date_texts, today, day_first, notes)
    version = _version(draft, today, day_first, notes)
    byline = _value(draft.byline, MAX_SUMMARY)
    url = _url(draft)
    agency = _value(draft.agency) or agency or (line.agency if line else "")
    publication = _value(draft.publication) or _value(source_name)
    houses = {value_key(agency), value_key(publication)}  # a byline may name one instead of a person
    return Article(
        id=_id(draft, url, headline, found, body),
        headline=headline,
        body=body,
        kicker=_cut(tidy_line(draft.kicker), MAX_HEADLINE),
        summary=_cut(" ".join(tidy_paragraphs(draft.summary).split("\n\n")), MAX_SUMMARY),
        byline=byline,
        authors=tuple(name for name in _distinct(draft.authors or names(byline)) if value_key(name) not in houses),
        agency=agency,
        publication=publication,
        section=_value(draft.section),
        place=_value(draft.place) or (_value(line.place) if line else ""),
        tags=_tags(draft.tags, notes),
        language=_language(draft.language, headline, body, default_language),
        url=url,
        published_on=found.date.on if found.date else None,
        published_at=found.date.at if found.date else None,
        date_precision=found.date.precision if found.date else DatePrecision.UNKNOWN,
        date_source=found.source,
        revision=version.revision,
        revised_at=version.revised_at,
        fingerprint=simhash(body or headline),
        provenance=draft.origin or Provenance(
            importer=draft.importer, source=draft.source, position=draft.position,
            saved_on=_saved(draft.saved_text, today, day_first), notes=tuple(notes),
        ),
    )  # fmt: skip


def _story(draft: Draft) -> tuple[list[str], str]:
    """The paragraphs, clean, and the agency credited at the end of the last."""
    tidy = tidy_paragraphs("\n\n".join(draft.body))
    paragraphs = tidy.split("\n\n") if tidy else []
    agency = ""
    while paragraphs and draft.origin is None:  # what was finished before has its credit taken off already
        paragraphs[-1], credited = without_credit(paragraphs[-1])
        agency = agency or credited
        if paragraphs[-1]:
            break
        paragraphs.pop()
    return paragraphs, agency


def _headline(text: str, paragraphs: list[str], notes: list[str]) -> str:
    if headline := tidy_line(text):
        if len(headline) > MAX_HEADLINE:
            notes.append(f"a headline of {len(headline):,} characters was cut to {MAX_HEADLINE:,}")
        return _cut(headline, MAX_HEADLINE)
    if not paragraphs:
        return ""
    notes.append("no headline: the first words of the text stand in")
    return _cut(paragraphs[0], MAX_LEAD)


def _cut(text: str, limit: int) -> str:
    """The text, or as many whole words of it as fit, and an ellipsis."""
    if len(text) <= limit:
        return text
    beginning = text[: limit - 1]
    return (beginning.rpartition(" ")[0] or beginning).rstrip(" ,;:") + "…"


class _Published(NamedTuple):
    date: ReadDate | None
    source: str


def _published(texts: tuple[DateText, ...], today: date, day_first: bool, notes: list[str]) -> _Published:
    """The first of the texts that is a plausible date; a note of each implausible one, and of all when none is."""
    unread: list[str] = []
    for each in texts:
        text = tidy_line(each.text)
        found = read_date(text, today=today, day_first=day_first) if text else None
        if found is not None and is_plausible(found.on, today=today):
            return _Published(found, each.source)
        if found is not None:
            notes.append(f"not a plausible date of publication: {text[:60]}")
        elif text:
            unread.append(f"not a date: {text[:60]}")
    notes.extend(unread)
    return _Published(None, "")


def _saved(text: str, today: date, day_first: bool) -> date | None:
    found = read_date(tidy_line(text), today=today, day_first=day_first) if text else None
    return found.on if found is not None and is_plausible(found.on, today=today) else None


_REVISION = re.compile(r"(?:v|ver\.?|version|rev\.?|revision)?\s*(\d{1,18})(?:\.0+)?", re.IGNORECASE | re.ASCII)


def _version(draft: Draft, today: date, day_first: bool, notes: list[str]) -> Version:
    """The number and time of the version, as far as they can be believed; a note of what cannot."""
    number = _REVISION.fullmatch(tidy_line(draft.revision)) if draft.revision else None
    if draft.revision and number is None:
        notes.append(f"not the number of a version: {draft.revision[:60]}")
    text = tidy_line(draft.revised_text)
    found = read_date(text, today=today, day_first=day_first) if text else None
    at: datetime | None = None
    # Of a month or year the first day is not when it was made; and one from 2050 could never be replaced again.
    if found is not None and found.precision in _TIMES and is_plausible(found.on, today=today):
        at = found.at or datetime.combine(found.on, time(), UTC)
    elif text:
        notes.append(f"not the time of a version: {text[:60]}")
    return Version(int(number[1]) if number is not None else 0, at)


_TIMES = (DatePrecision.INSTANT, DatePrecision.DAY)


def _withdrawal(draft: Draft, today: date, day_first: bool) -> Withdrawal | Rejection:
    url = _url(draft)
    if not tidy_line(draft.id) and not url:
        return _rejection(draft, "an article is withdrawn, but neither by id nor by address")
    return Withdrawal(
        id=_id(draft, url, "", _Published(None, ""), ""),
        version=_version(draft, today, day_first, []),
        source=draft.source,
        position=draft.position,
    )


def _url(draft: Draft) -> str:
    return tidy_line(draft.url) if len(draft.url) <= MAX_URL else ""


def _value(text: str, limit: int = MAX_VALUE) -> str:
    return _cut(tidy_line(text), limit) if text else ""


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    """Clean values, no two alike but for case, none empty; the first spelling stays."""
    distinct: dict[str, str] = {}
    for value in values:
        if tidy := _value(value):
            distinct.setdefault(value_key(tidy), tidy)
    distinct.pop("", None)
    return tuple(distinct.values())


def _tags(raw: tuple[str, ...], notes: list[str]) -> tuple[str, ...]:
    tags = _distinct(tuple(part.strip(" #\t,;") for text in raw for part in text.split("|")))
    if len(tags) > MAX_TAGS:
        notes.append(f"{len(tags)} tags: the first {MAX_TAGS} are kept")
    return tags[:MAX_TAGS]


_CODE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9_-]{1,20})?")
_LANGUAGES = {
    "english": "en", "french": "fr", "francais": "fr", "français": "fr", "german": "de", "deutsch": "de",
    "spanish": "es", "espanol": "es", "español": "es", "italian": "it", "italiano": "it", "portuguese": "pt",
    "português": "pt", "dutch": "nl", "nederlands": "nl", "russian": "ru", "русский": "ru", "arabic": "ar",
    "العربية": "ar", "swedish": "sv", "svenska": "sv", "danish": "da", "dansk": "da", "norwegian": "no", "norsk": "no",
    "finnish": "fi", "suomi": "fi", "turkish": "tr", "türkçe": "tr", "hindi": "hi", "bengali": "bn", "bangla": "bn",
    "chinese": "zh", "japanese": "ja", "korean": "ko", "polish": "pl", "polski": "pl", "greek": "el", "hungarian": "hu",
    "romanian": "ro", "indonesian": "id", "malay": "ms", "urdu": "ur", "persian": "fa", "farsi": "fa", "hebrew": "he",
    "eng": "en", "fra": "fr", "fre": "fr", "deu": "de", "ger": "de", "spa": "es", "ita": "it", "por": "pt", "nld": "nl",
    "dut": "nl", "rus": "ru", "ara": "ar", "swe": "sv", "dan": "da", "nor": "no", "fin": "fi", "tur": "tr", "hin": "hi",
    "ben": "bn", "zho": "zh", "chi": "zh", "jpn": "ja", "kor": "ko", "pol": "pl", "nb": "no", "nn": "no", "iw": "he",
}  # fmt: skip


def _language(given: str, headline: str, body: str, default: str | None) -> str:
    """As the source says it, else as the text tells, else the default."""
    name = tidy_line(given).lower() if given else ""
    if name in _LANGUAGES:
        return _LANGUAGES[name]
    if (code := _CODE.fullmatch(name)) is not None and (len(code[1]) == 2 or code[1] in _LANGUAGES):
        return _LANGUAGES.get(code[1], code[1])
    return detect(f"{headline}\n{body[:600]}") or default or DEFAULT_LANGUAGE


def _id(draft: Draft, url: str, headline: str, found: _Published, body: str) -> ArticleId:
    """The source's own, else one made of the URL, else of headline, day and text."""
    own = tidy_line(draft.id)
    if own:
        return ArticleId(own if len(own) <= MAX_ID else _hashed(own))
    if url:
        return ArticleId(_hashed(url))
    day = found.date.on.isoformat() if found.date else ""
    return ArticleId(_hashed("\0".join((headline, day, body))))


def _hashed(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _rejection(draft: Draft, reason: str) -> Rejection:
    return Rejection(reason=reason, source=draft.source, position=draft.position)
