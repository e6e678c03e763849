"""PARAMETERS: the one table of what a search's URL may say; all else is refused, or on a page left out with a notice.

Each value is read here into what the state keeps, or becomes a RequestError that names it and suggests the near one.
Not for what the values then do (`search_state`).

>>> find_parameter("page-sise").name
Traceback (most recent call last):
...
searchsvc.errors.UnknownField: page-sise is not a parameter
>>> read_number(find_parameter("facet-size"), "20", most=200)
20
"""

import math
import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from searchsvc.errors import BadFilter, RequestError, UnknownField
from searchsvc.model.fields import FACET_FIELDS, SEARCHED_FIELDS
from searchsvc.model.request import Cursor, Interval, Sort
from searchsvc.text.dates import read_period

# Facets that are counted when a request does not say; months only when asked: the histogram shows them better.
DEFAULT_FACETS: tuple[str, ...] = tuple(f.name for f in FACET_FIELDS if f.name != "month")
MAX_FACET_SIZE = 200

# What `show-fields` may add to each result.
SHOWN_FIELDS: tuple[str, ...] = ("summary", "body", "byline", "authors", "place", "language", "url", "provenance")

# A URL that chooses more values than this was not made by a person; each is one more filter to weigh.
MAX_VALUES = 100
MAX_VALUE_LENGTH = 500
# More names than there are parameters; each unknown one costs a look for the near one.
MAX_PARAMETERS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a search. `setting` and `most_setting` name the settings that hold a default and a bound."""

    name: str
    type: str  # text, date, integer, boolean, choice, list or facet
    help: str
    default: str = ""
    example: str = ""
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    setting: str = ""
    most_setting: str = ""
    repeatable: bool = False
    field: str = ""  # of a facet: the field that it narrows


def _facet_parameters() -> tuple[Parameter, ...]:
    examples = {
        "section": "International News", "tag": "Putin", "source": "Harbour Post", "agency": "Reuters",
        "author": "Ana Lima", "place": "Moscow", "language": "en", "year": "2015", "month": "2015-09",
    }  # fmt: skip
    return tuple(
        Parameter(
            name=field.parameter,
            type="facet",
            field=field.name,
            help=f"Keeps articles by {field.help}. Repeat it for any of several values; "
            "a leading `-` leaves out the articles that have the value.",
            example=examples[field.name],
            repeatable=True,
        )
        for field in FACET_FIELDS
    )


PARAMETERS: tuple[Parameter, ...] = (
    Parameter(name="q", type="text", example='putin "air strikes"',
              help="What to search for, in the query language of `/help`. Empty: everything, the latest first."),
    Parameter(name="query-fields", type="list", choices=SEARCHED_FIELDS, default=",".join(SEARCHED_FIELDS),
              example="headline,kicker", help="The fields in which words without a field are looked for."),
    *_facet_parameters(),
    Parameter(name="from-date", type="date", example="2015-09",
              help="Published on this day or later: a year, a month (2015-09) or a day (2015-09-30)."),
    Parameter(name="to-date", type="date", example="2015-12",
              help="Published on this day or before; of a month or a year, its last day is kept."),
    Parameter(name="order-by", type="choice", choices=tuple(Sort), default=Sort.RELEVANCE.value, example="newest",
              help="The best match first, or strictly by date. Undated articles come last by date. "
              "A search without words shows the newest first."),
    Parameter(name="page", type="integer", default="1", least=1, example="2",
              help="The page of results, from 1. A page past the end is empty, not an error."),
    Parameter(name="page-size", type="integer", least=1, setting="page_size", most_setting="max_page_size",
              example="20", help="Results on a page."),
    Parameter(name="cursor", type="text", example="WzE0NDM1NzEyMDAsIm4xIl0",
              help="Continues after the last result of an answer: its `nextCursor`. Instead of `page`, at any depth."),
    Parameter(name="facets", type="list", choices=(*(f.name for f in FACET_FIELDS), "none"),
              default=",".join(DEFAULT_FACETS), example="section,tag",
              help="The facets to count, separated by commas; `none` counts none, which is quicker."),
    Parameter(name="facet-size", type="integer", least=1, most=MAX_FACET_SIZE, setting="facet_size", example="20",
              help="How many values of each facet are listed; those that are chosen always are."),
    Parameter(name="show-fields", type="list", choices=(*SHOWN_FIELDS, "all"), example="body,byline",
              help="More of each article in the results, separated by commas."),
    Parameter(name="show-highlights", type="boolean", default="true", example="false",
              help="Whether passages that show why a result matched are given."),
    Parameter(name="exact", type="boolean", default="false", example="true",
              help="Words match as they are typed (case and accents aside), not by their stem, and without synonyms."),
    Parameter(name="interval", type="choice", choices=("auto", *Interval), default="auto", example="month",
              help="The width of the bars of the date histogram; `auto` lets the span found decide."),
)  # fmt: skip

_BY_NAME: dict[str, Parameter] = {parameter.name: parameter for parameter in PARAMETERS}


def find_parameter(name: str, known: Iterable[str] = _BY_NAME) -> Parameter:
    """The parameter of this name, if it is among `known`; UnknownField, with the near one, when it is not."""
    known = tuple(known)
    if name in known:
        return _BY_NAME[name]
    near = get_close_matches(name.lower().replace("_", "-"), known, n=1)
    raise UnknownField(
        f"{_shortened(name)} is not a parameter",
        parameter=_shortened(name),
        suggestion=near[0] if near else "",
        hint=f"did you mean {near[0]}?" if near else f"known are: {', '.join(known)}",
    )


def read_number(parameter: Parameter, text: str, *, most: int | None = None) -> int:
    """A whole number within the parameter's bounds."""
    most = parameter.most if most is None else most
    bounds = f"a whole number from {parameter.least}" + (f" to {most:,}" if most is not None else " up")
    # Longer than any number that could be meant, and int() is slow on very long ones.
    if re.fullmatch(r"-?[0-9]{1,12}", text) is None:
        raise _bad(parameter, text, f"{parameter.name} is not a number", f"give {bounds}")
    number = int(text)
    if parameter.least is not None and number < parameter.least:
        raise _bad(parameter, text, f"{parameter.name} cannot be {number}", f"give {bounds}", str(parameter.least))
    if most is not None and number > most:
        raise _bad(parameter, text, f"{parameter.name} cannot be more than {most:,}", f"give {bounds}", str(most))
    return number


def read_choice(parameter: Parameter, text: str) -> str:
    """The text, when it is one of the parameter's choices in the same case; else raises BadFilter with the nearest."""
    if text in parameter.choices:
        return text
    near = get_close_matches(text.lower(), parameter.choices, n=1)
    raise _bad(
        parameter,
        text,
        f"{parameter.name} cannot be {_shortened(text)!r}",
        f"choose one of {', '.join(parameter.choices)}",
        near[0] if near else "",
    )


def read_list(parameter: Parameter, text: str) -> tuple[str, ...]:
    """Names separated by commas, each one of the choices, none twice."""
    names = (name.strip() for name in text.split(","))
    return tuple(dict.fromkeys(read_choice(parameter, name) for name in names if name))


def read_boolean(parameter: Parameter, text: str) -> bool:
    """True for true, 1, yes or on; False for false, 0, no or off; in any case. Raises BadFilter on anything else."""
    if text.lower() not in _BOOLEANS:
        raise _bad(parameter, text, f"{parameter.name} is neither true nor false", "give true or false")
    return _BOOLEANS[text.lower()]


_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def read_day(parameter: Parameter, text: str, *, today: date, lenient: bool) -> str:
    """A year, month or day as `2015`, `2015-09` or `2015-09-30`; when `lenient`, a date as people write it, too.

    What people write may be relative, as `yesterday`: to `today`.
    """
    if days_of(text) is not None:
        return text
    period = read_period(text, today=today) if lenient else None
    if period is not None and period.start is not None and period.end is not None:
        return period_text(period.start, period.end) or (
            period.start.isoformat() if parameter.name == "from-date" else period.end.isoformat()
        )
    raise _bad(
        parameter,
        text,
        f"{_shortened(text)!r} is not a date",
        "write a year, a month or a day, as 2015, 2015-09 or 2015-09-30",
    )


def period_text(start: date, end: date) -> str:
    """The year, month or day that runs from `start` to `end`, as a parameter writes it; "" when it is none of them.

    >>> period_text(date(2015, 9, 1), date(2015, 9, 30)), period_text(date(2015, 9, 1), date(2015, 9, 29))
    ('2015-09', '')
    """
    day = start.isoformat()
    if start == end:
        return day
    if start.day != 1 or start.year != end.year or end.day != monthrange(end.year, end.month)[1]:
        return ""
    if start.month == end.month:
        return day[:7]
    return day[:4] if (start.month, end.month) == (1, 12) else ""


def days_of(text: str) -> tuple[date, date] | None:
    """The first and the last day of the year, month or day that a parameter says; None when it says none.

    >>> days_of("2016-02"), days_of("2015-02-29")
    ((datetime.date(2016, 2, 1), datetime.date(2016, 2, 29)), None)
    """
    if re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", text) is None:
        return None
    try:
        first = date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:  # no such month or day
        return None
    match len(text):
        case 4:
            return first, first.replace(month=12, day=31)
        case 7:
            return first, first.replace(day=monthrange(first.year, first.month)[1])
        case _:
            return first, first


def read_cursor(parameter: Parameter, text: str) -> str:
    """The text of a cursor that an answer gave; it is kept as it is."""
    try:
        key = Cursor.decode(text).key
        if isinstance(key, float) and not math.isfinite(key):
            raise ValueError("not a cursor of ours")
    except (ValueError, RecursionError) as error:
        hint = "give the nextCursor of an answer as it was"
        raise _bad(parameter, text, "the cursor cannot be read", hint) from error
    return text


def read_facet_value(parameter: Parameter, text: str) -> tuple[str, bool]:
    r"""A facet's value, and whether it is left out. A value that itself begins with `-` is written with `\-`.

    >>> read_facet_value(find_parameter("tag"), "-Syria"), read_facet_value(find_parameter("tag"), "\\-40")
    (('Syria', True), ('-40', False))
    """
    is_excluded = text.startswith("-")
    value = text.removeprefix("-") if is_excluded else text
    value = " ".join(value.removeprefix("\\").split())
    if not value:
        raise _bad(parameter, text, f"{parameter.name} is empty", "give a value, or leave the parameter out")
    if len(value) > MAX_VALUE_LENGTH:
        raise _bad(parameter, text, f"the value of {parameter.name} is too long", f"at most {MAX_VALUE_LENGTH} letters")
    shape = _VALUE_SHAPES.get(parameter.field)
    if shape is not None and re.fullmatch(shape.pattern, value) is None:
        raise _bad(parameter, text, f"{_shortened(value)!r} is not {shape.name}", f"write it as {parameter.example}")
    return value, is_excluded


def write_facet_value(value: str, *, is_excluded: bool = False) -> str:
    r"""What `read_facet_value` reads back."""
    escaped = "\\" + value if value.startswith(("-", "\\")) else value
    return "-" + escaped if is_excluded else escaped


@dataclass(frozen=True, slots=True)
class _Shape:
    pattern: str
    name: str


_VALUE_SHAPES: dict[str, _Shape] = {
    "language": _Shape(r"[A-Za-z]{2,3}", "the code of a language"),
    "year": _Shape(r"[0-9]{4}", "a year"),
    "month": _Shape(r"[0-9]{4}-(0[1-9]|1[0-2])", "a month"),
}


def single(parameter: Parameter, values: Sequence[str]) -> str:
    """The one value of a parameter that may not be repeated, and that is not empty unless it is a text."""
    if len(values) > 1:
        raise _bad(parameter, values[1], f"{parameter.name} is given {len(values)} times", "give it once")
    if not values[0].strip() and parameter.name != "q":
        raise _bad(parameter, values[0], f"{parameter.name} is empty", "give a value, or leave the parameter out")
    return values[0] if parameter.name == "q" else values[0].strip()


def unknown_choice(kind: str, name: str, known: Sequence[str]) -> UnknownField:
    """The error that there is no such facet or field, with the near one."""
    near = get_close_matches(name.lower(), known, n=1)
    return UnknownField(
        f"{_shortened(name)!r} is not a {kind}",
        parameter=kind,
        value=_shortened(name),
        suggestion=near[0] if near else "",
        hint=f"did you mean {near[0]}?" if near else f"known are: {', '.join(known)}",
    )


def _bad(parameter: Parameter, value: str, message: str, hint: str, suggestion: str = "") -> RequestError:
    return BadFilter(message, parameter=parameter.name, value=_shortened(value), suggestion=suggestion, hint=hint)


def _shortened(text: str) -> str:
    return text if len(text) <= 100 else text[:99] + "…"
