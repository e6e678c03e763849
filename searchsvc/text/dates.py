"""Dates as papers, feeds, records and readers write them: a text to a day, a month, a year or an instant.

Nothing is guessed: a time without a sure zone gives the day only, and what is not a date gives None, never an error.
Not for finding a date inside a longer text: the text is the date, with a label or a weekday at most.

>>> today = date(2024, 3, 19)
>>> read_date("Published: Sept. 30, 2015", today=today).on.isoformat()
'2015-09-30'
>>> read_date("2015-09-30T14:05:00+03:00", today=today).at.isoformat()
'2015-09-30T14:05:00+03:00'
>>> read_date("31/02/1998", today=today) is None
True
>>> period = read_period("2015-09..2015-12", today=today)
>>> period.start.isoformat(), period.end.isoformat()
('2015-09-01', '2015-12-31')
"""

import dataclasses
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from dateutil.parser import parse as parse_with_dateutil
from dateutil.relativedelta import relativedelta

from searchsvc.model.article import DatePrecision

# The longest date met in feeds and pages, label, weekday and zone in words included, has some 70 characters.
# Anything beyond this is not read at all.
MAX_DATE_LENGTH = 120

# Printed news begins with the Strasbourg "Relation" (1605), and newsletters by hand a little before.
FIRST_PLAUSIBLE_YEAR = 1600

# An embargoed story is dated tomorrow, and tomorrow begins up to 14 hours earlier in the east.
PLAUSIBLE_DAYS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class ReadDate:
    """A date: `on` is the day where it was written (of a month or year, the first); `at` is aware, or None."""

    on: date
    at: datetime | None
    precision: DatePrecision


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to `end`, both days included; None is open. `swapped`: the two were written the other way round."""

    start: date | None
    end: date | None
    swapped: bool = dataclasses.field(default=False, compare=False)


def read_date(text: str, *, today: date, day_first: bool = False) -> ReadDate | None:
    """The one date that `text` is, or None.

    `day_first` decides `03/04/2015`; where only one reading is a date, it is that one. Two digits of a year are the
    latest such year up to next year. Only validity is judged; `is_plausible` says whether news can be that old.

    >>> read_date("September 2015", today=date(2024, 3, 19)).precision
    <DatePrecision.MONTH: 'month'>
    """
    if len(text) > MAX_DATE_LENGTH:
        return None
    if _ISO.fullmatch(text) is not None:  # as most records write it: what the long way gives, at a tenth of the cost
        with suppress(ValueError):
            at = datetime.fromisoformat(text)
            return ReadDate(at.date(), *((at, DatePrecision.INSTANT) if at.tzinfo else (None, DatePrecision.DAY)))
    folded = _fold(text)
    if (seconds := _EPOCH.fullmatch(folded)) is not None:
        at = datetime.fromtimestamp(int(seconds[1]), UTC)
        return ReadDate(at.date(), at, DatePrecision.INSTANT)
    rest, clock = _take_clock(folded)
    found = _by_table(rest, today, day_first) or _by_dateutil(rest)
    if found is None:
        return None
    day, precision = found
    if precision is not DatePrecision.DAY or clock is None:
        # A time beside a month alone is junk that only looks like a date.
        return None if clock is not None else ReadDate(day, None, precision)
    if clock.zone is None or not 1 < day.year < 9999:  # the first and last year do not survive a change of zone
        return ReadDate(day, None, DatePrecision.DAY)
    return ReadDate(day, datetime.combine(day, clock.time, clock.zone), DatePrecision.INSTANT)


_ISO = re.compile(r"(?!0001|9999)\d{4}-\d\d-\d\d(?:T(?!24)\d\d:\d\d:\d\d(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d))?", re.ASCII)


def is_plausible(day: date, *, today: date) -> bool:
    """Whether news can be of this day: from FIRST_PLAUSIBLE_YEAR to the day after tomorrow."""
    return day.year >= FIRST_PLAUSIBLE_YEAR and (day - today).days <= PLAUSIBLE_DAYS_AHEAD


def read_period(text: str, *, today: date) -> Period | None:
    """The span of days that a reader means, or None: a bare year, month or day is all of it.

    Weeks begin on Monday. `-14d` begins 14 days ago and ends today. A reversed range is swapped.

    >>> today = date(2024, 3, 19)
    >>> for text in ("2015", ">2015-09-30", "last week", "-14d", "2015-12..2015-09"):
    ...     period = read_period(text, today=today)
    ...     print(text, "is", period.start, "to", period.end)
    2015 is 2015-01-01 to 2015-12-31
    >2015-09-30 is 2015-10-01 to None
    last week is 2024-03-11 to 2024-03-17
    -14d is 2024-03-05 to 2024-03-19
    2015-12..2015-09 is 2015-09-01 to 2015-12-31
    """
    if len(text) > 2 * MAX_DATE_LENGTH:
        return None
    text = text.strip()
    try:
        if (compared := _COMPARED.fullmatch(text)) is not None:
            return _compared(compared[1], _one_period(compared[2], today))
        if (ranged := _RANGE.fullmatch(text)) is not None:
            return _ranged(ranged[1], ranged[2], today)
        return _one_period(text, today)
    except (OverflowError, ValueError):  # before the first or after the last day of the calendar
        return None


# --- one date ---------------------------------------------------------------------------------------------------------

_MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        # English, French, German, Spanish, Italian, Portuguese, Dutch; accents folded; common abbreviations.
        (
            "january jan janvier janv januar janner enero ene gennaio gen janeiro januari",  # codespell:ignore
            "february feb febr fevrier fevr fev februar febrero febbraio fevereiro februari",  # codespell:ignore
            "march mar mars marz maerz mrz marzo marco maart mrt",  # codespell:ignore
            "april apr avril avr abril abr aprile",
            "may mai mayo maggio mag maio mei",
            "june jun juin juni junio giugno giu junho",  # codespell:ignore
            "july jul juillet juil juli julio luglio lug julho",  # codespell:ignore
            "august aug aout agosto ago augustus",
            "september sept sep septembre septiembre setiembre settembre set setembro",
            "october oct octobre oktober okt octubre ottobre ott outubro out",  # codespell:ignore
            "november nov novembre noviembre novembro",
            "december dec decembre dezember dez diciembre dic dicembre dezembro",  # codespell:ignore
        ),
        start=1,
    )
    for name in names.split()
}

_WEEKDAYS = (
    "monday mon tuesday tues tue wednesday wed thursday thurs thur thu "  # codespell:ignore
    "friday fri saturday sat sunday sun "
    "lundi lun mardi mar mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim "
    "montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sonnabend sa sonntag so "
    "lunes martes miercoles mie jueves jue viernes vie sabado sab domingo dom "  # codespell:ignore
    "lunedi martedi mercoledi giovedi gio venerdi sabato domenica "
    "segunda-feira segunda terca-feira terca quarta-feira quarta quinta-feira quinta sexta-feira sexta "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"
)

_LABELS = (
    "published updated posted created modified issued written dated filed printed first last originally "
    "date time day on at the publication of pubdate dateline as "
    "publie publiee mis mise a jour le veroffentlicht aktualisiert erstellt am stand vom den "  # codespell:ignore
    "publicado publicada actualizado actualizada atualizado el em pubblicato aggiornato il gepubliceerd bijgewerkt op"
)


def _any_of(words: str) -> str:
    # Longest first, so that "sept" is not read as "sep" with a letter left over.
    return "|".join(re.escape(word) for word in sorted(words.split(), key=len, reverse=True))


_MONTH = rf"(?P<name>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|ere|e|o|a)?"  # codespell:ignore
_YEAR = r"(?P<y>\d{4})"
_SHORT_YEAR = r"(?P<y>\d{4}|'?\d{2})"
_GAP = r"(?:\s*[.,/-]\s*|\s+)"
_OF = r"(?:(?:of|de|del|di|do|d')\s*)?"

_LEAD = re.compile(
    rf"(?:(?:{_any_of(_LABELS)})(?![^\W_])[\s:.,|-]*)*(?:(?:{_any_of(_WEEKDAYS)})(?![^\W_])[\s.,]*)?"
    rf"(?:(?:the|le|el|il|am|den|dem)\s+)?",
    re.ASCII,
)

# Precision and shape of everything that is a date, the label, weekday and time taken off.
_TABLE: tuple[tuple[DatePrecision, re.Pattern[str]], ...] = tuple(
    (precision, re.compile(shape, re.ASCII))
    for precision, shape in (
        (DatePrecision.DAY, rf"{_MONTH}{_GAP}{_DAY}\s*[\s,.]\s*{_YEAR}"),  # September 30, 2015
        (DatePrecision.DAY, rf"{_DAY}(?:{_GAP}|\.\s*){_OF}{_MONTH}{_GAP}?{_OF}{_SHORT_YEAR}"),  # 30 September 2015
        (DatePrecision.DAY, rf"{_YEAR}{_GAP}{_MONTH}{_GAP}{_DAY}"),  # 2015 Sep 30
        (DatePrecision.DAY, rf"{_YEAR}(?P<sep>[-/.])(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}})"),  # 2015-09-30
        (DatePrecision.DAY, rf"{_YEAR}(?P<m>\d{{2}})(?P<d>\d{{2}})"),  # 20150930
        (DatePrecision.DAY, rf"{_YEAR}年(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})日"),
        # 9/30/2015 and 30.09.2015
        (DatePrecision.DAY, rf"(?P<one>\d{{1,2}})(?P<sep>[/.-])\s?(?P<two>\d{{1,2}})(?P=sep)\s?{_SHORT_YEAR}"),
        (DatePrecision.MONTH, rf"{_MONTH}{_GAP}{_OF}{_YEAR}"),  # September 2015
        (DatePrecision.MONTH, rf"{_YEAR}{_GAP}{_MONTH}"),  # 2015 September
        (DatePrecision.MONTH, rf"{_YEAR}[-/](?P<m>\d{{1,2}})"),  # 2015-09
        (DatePrecision.MONTH, rf"(?P<m>\d{{1,2}})/{_YEAR}"),  # 09/2015
        (DatePrecision.YEAR, _YEAR),
    )
)

# Seconds or milliseconds since 1970, as records keep them: ten digits are 2001 to 2286.
_EPOCH = re.compile(r"\s*(\d{10})(?:\d{3}|\.\d{1,9})?\s*", re.ASCII)


def _fold(text: str) -> str:
    """Case and accents folded, typographic signs plain, white space single."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_PLAIN_SIGNS)
    return " ".join(plain.split())


_PLAIN_SIGNS = str.maketrans({"’": "'", "‘": "'", "–": "-", "—": "-", "‑": "-", "−": "-"})


def _by_table(text: str, today: date, day_first: bool) -> tuple[date, DatePrecision] | None:
    # A weekday or month may look like the label before it ("mar", "am"), so the bare text has its chance too.
    for rest in dict.fromkeys((text[_lead_length(text) :], text)):
        bare = rest.strip(" ,.;|()-") if rest[:1] != "-" else rest
        for precision, shape in _TABLE:
            if (match := shape.fullmatch(bare)) is not None:
                day = _valid(match.groupdict(), today, day_first)
                return None if day is None else (day, precision)
    return None


def _lead_length(text: str) -> int:
    lead = _LEAD.match(text)
    return 0 if lead is None else lead.end()


def _valid(parts: dict[str, str | None], today: date, day_first: bool) -> date | None:
    year = _full_year(parts["y"] or "", today)
    day = int(parts.get("d") or 1)
    if (name := parts.get("name")) is not None:
        return _day(year, _MONTHS[name], day)
    if (month := parts.get("m")) is not None:
        return _day(year, int(month), day)
    if (one := parts.get("one")) is not None:
        # Whoever writes dots begins with the day.
        return _one_of_two(year, int(one), int(parts["two"] or 0), day_first or parts["sep"] == ".")
    return _day(year, 1, 1)


def _one_of_two(year: int, one: int, two: int, day_first: bool) -> date | None:
    month_first, other = _day(year, one, two), _day(year, two, one)
    return (other or month_first) if day_first else (month_first or other)


def _full_year(digits: str, today: date) -> int:
    if len(digits) == 4:
        return int(digits)
    year = int(digits.lstrip("'"))
    century = (today.year + 1) // 100 * 100
    return century + year if century + year <= today.year + 1 else century - 100 + year


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_HAS_MONTH_AND_YEAR = re.compile(
    rf"(?=.*(?<![a-z]){_MONTH}(?![a-z]))(?=.*(?<!\d)\d{{4}}(?!\d))[a-z\d\s,.'/-]*", re.ASCII
)
_DEFAULTS = (datetime(2000, 1, 1), datetime(2004, 2, 2))


def _by_dateutil(text: str) -> tuple[date, DatePrecision] | None:
    """A day in an order that the table does not know, if it names month and year; dateutil guesses all the rest.

    dateutil fills in what it does not find from a default day: what depends on that day was not in the text.
    """
    if _HAS_MONTH_AND_YEAR.fullmatch(text) is None or len(re.findall(r"\d+", text)) != 2:
        return None
    try:
        one, two = (parse_with_dateutil(text, default=default, ignoretz=True).date() for default in _DEFAULTS)
    except (ValueError, OverflowError, ArithmeticError, TypeError, LookupError, AttributeError):
        return None  # on junk dateutil raises more than it documents
    return (one, DatePrecision.DAY) if one == two else None


# --- the time of day --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _TimeOfDay:
    time: time
    zone: timezone | None  # None: not known for sure


# Letters that mean one offset everywhere. The American ones are sure only in the form of RFC 822, which defines them:
# elsewhere CST is also China's, and EST also Sydney's.
_SURE_ZONES = {"z": 0, "utc": 0, "gmt": 0, "ut": 0}
_RFC822_ZONES = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
_OTHER_ZONES = (
    "et ct mt pt eastern central mountain pacific bst "
    "ist cet cest mez mesz eet eest msk wet west wib sgt hkt jst "  # codespell:ignore
    "kst pkt bdt pht myt aest aedt acst awst nzst nzdt sast eat wat cat akst akdt hst ast adt nst gst brt art local "
    "uhr hrs hours h est. edt."
)

_RFC822 = re.compile(r"(?:[a-z]{3},? )?\d{1,2} [a-z]{3} \d{2,4} \d{2}:\d{2}(?::\d{2})? [a-z]{3}", re.ASCII)

_CLOCK = re.compile(
    r"(?:(?<=\d)t|(?<![^\W_])(?:(?:at|um|a|as|alle|om|ore|kl)\s+)?)"  # codespell:ignore
    r"(?:(?P<h>\d{1,2})(?:[:h](?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,]\d{1,9})?)?)(?!\d)"
    r"|(?P<hour>\d{1,2})(?=\s*[ap]\.?m\b)"
    r"|(?P<dotted>\d{2}\.\d{2})(?=\s*(?:gmt|bst|utc|uhr)\b)"
    r"|(?<=\dt)(?P<hhmm>\d{4})(?P<ss>\d{2})?(?:\.\d{1,9})?"
    r"|(?P<wire>\d{4})(?=\s*(?:gmt|utc)\b))"
    r"\s*(?P<half>[ap](?:\.m\.?|m\b))?"
    rf"\s*\(?(?P<zone>(?:gmt|utc)?\s?[+-]\d{{2}}(?::?\d{{2}})?(?!\d)|(?:{_any_of('z utc gmt ut')}|"
    rf"{'|'.join(_RFC822_ZONES)}|{_any_of(_OTHER_ZONES)})(?![^\W_]))?\)?(?:\s*time\b)?(?:\s*\([a-z\s]*\))?",
    re.ASCII,
)


def _take_clock(text: str) -> tuple[str, _TimeOfDay | None]:
    """The text without its time of day, and that time; an impossible one stays in the text, which is then no date."""
    match = _CLOCK.search(text)
    if match is None:
        return text, None
    parts = match.groupdict()
    digits = parts["hhmm"] or parts["wire"] or (parts["dotted"] or "").replace(".", "")
    hour = int(digits[:2] if digits else parts["h"] or parts["hour"])
    minute = int(digits[2:] if digits else parts["m"] or 0)
    second = min(int(parts["s"] or parts["ss"] or 0), 59)  # a leap second is the one before
    if parts["half"]:
        if not 1 <= hour <= 12:
            return text, None
        hour = hour % 12 + (12 if parts["half"].startswith("p") else 0)
    if hour > 23 or minute > 59:
        return text, None
    zone = _zone(parts["zone"] or "", is_rfc822=_RFC822.fullmatch(text) is not None)
    rest = f"{text[: match.start()].rstrip(' ,|+-(')} {text[match.end() :].lstrip(' ,|-)')}".strip()
    return rest, _TimeOfDay(time(hour, minute, second), zone)


def _zone(text: str, *, is_rfc822: bool) -> timezone | None:
    if text in _SURE_ZONES:
        return UTC
    if text in _RFC822_ZONES and is_rfc822:
        return timezone(timedelta(hours=_RFC822_ZONES[text]))
    if (offset := re.search(r"([+-])(\d{2}):?(\d{2})?$", text)) is None:
        return None
    ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    if ahead > timedelta(hours=14):  # the furthest zone there is
        return None
    return timezone(ahead if offset[1] == "+" else -ahead)


# --- periods ----------------------------------------------------------------------------------------------------------

_COMPARED = re.compile(r"(>=|<=|>|<|≥|≤)\s*(.+)", re.DOTALL)
_RANGE = re.compile(r"(.*?)\s*(?:\.{2,3}|…|(?<=\S)\s+to\s+(?=\S))\s*(.*)", re.DOTALL | re.IGNORECASE)
_AGO = re.compile(
    r"(?:-\s*|(?:the )?(?:last|past) )(\d{1,6})\s*(d|day|days|w|week|weeks|m|month|months|y|year|years)", re.ASCII
)
_UNITS = {"d": "days", "w": "weeks", "m": "months", "y": "years"}


def _one_period(text: str, today: date) -> Period | None:
    folded = _fold(text)
    if (named := _NAMED.get(folded)) is not None:
        return named(today)
    if (ago := _AGO.fullmatch(folded)) is not None:
        return Period(_before(today, int(ago[1]), _UNITS[ago[2][0]]), today)
    found = read_date(text, today=today)
    return None if found is None else _whole(found.on, found.precision)


def _whole(day: date, precision: DatePrecision) -> Period:
    """All of the year, month or day."""
    match precision:
        case DatePrecision.YEAR:
            return Period(day, day.replace(month=12, day=31))
        case DatePrecision.MONTH:
            return Period(day, day + relativedelta(day=31))
        case _:
            return Period(day, day)


def _before(day: date, count: int, unit: str) -> date | None:
    """So many days, weeks, months or years earlier; None where the calendar ends."""
    match unit:
        case "days" | "weeks":
            days = count * (7 if unit == "weeks" else 1)
            return day - timedelta(days=days) if days < day.toordinal() else None
        case _:
            months = count * (12 if unit == "years" else 1)
            return day - relativedelta(months=months) if months < (day.year - 1) * 12 + day.month else None


def _this_week(today: date) -> Period:
    monday = today - timedelta(days=today.weekday())
    return Period(monday, monday + timedelta(days=6))


_NAMED: dict[str, Callable[[date], Period]] = {
    "today": lambda today: Period(today, today),
    "yesterday": lambda today: _this_day(today - timedelta(days=1)),
    "this week": _this_week,
    "last week": lambda today: _this_week(today - timedelta(days=7)),
    "this month": lambda today: _whole(today.replace(day=1), DatePrecision.MONTH),
    "last month": lambda today: _whole(today.replace(day=1) - relativedelta(months=1), DatePrecision.MONTH),
    "this year": lambda today: _whole(today.replace(month=1, day=1), DatePrecision.YEAR),
    "last year": lambda today: _whole(date(today.year - 1, 1, 1), DatePrecision.YEAR),
}


def _this_day(day: date) -> Period:
    return Period(day, day)


def _compared(sign: str, period: Period | None) -> Period | None:
    if period is None or period.start is None or period.end is None:
        return None
    match sign:
        case ">":
            return Period(period.end + timedelta(days=1), None)
        case ">=" | "≥":
            return Period(period.start, None)
        case "<":
            return Period(None, period.start - timedelta(days=1))
        case _:
            return Period(None, period.end)


def _ranged(first: str, last: str, today: date) -> Period | None:
    if not first and not last:
        return None
    one = _one_period(first, today) if first else Period(None, None)
    two = _one_period(last, today) if last else Period(None, None)
    if one is None or two is None:
        return None
    if one.start is not None and two.end is not None and one.start > two.end:
        return Period(two.start, one.end, swapped=True)
    return Period(one.start, two.end)
