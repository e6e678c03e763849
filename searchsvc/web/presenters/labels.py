"""Labels: values as people read them: names of languages, months, dates, numbers.

>>> facet_label("language", "fr"), facet_label("month", "2015-09"), facet_label("tag", "Putin")
('French', 'September 2015', 'Putin')
>>> counted(1, "story", "stories"), counted(1200, "story", "stories")
('1 story', '1,200 stories')
"""

import calendar
from datetime import date

from searchsvc.model.article import Article, DatePrecision
from searchsvc.model.request import Interval

MONTHS = (
    "", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip

# By ISO 639-1; a language that is not here is shown by its code.
LANGUAGES: dict[str, str] = {
    "af": "Afrikaans", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali",
    "bs": "Bosnian", "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek",
    "en": "English", "eo": "Esperanto", "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "ga": "Irish", "gl": "Galician", "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "is": "Icelandic", "it": "Italian",
    "ja": "Japanese", "ka": "Georgian", "kk": "Kazakh", "km": "Khmer", "kn": "Kannada", "ko": "Korean",
    "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ml": "Malayalam", "mn": "Mongolian", "mr": "Marathi",
    "ms": "Malay", "my": "Burmese", "nb": "Norwegian Bokmål", "ne": "Nepali", "nl": "Dutch", "nn": "Norwegian Nynorsk",
    "no": "Norwegian", "pa": "Punjabi", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "so": "Somali", "sq": "Albanian", "sr": "Serbian",
    "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai", "tl": "Tagalog", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese", "xh": "Xhosa", "yi": "Yiddish", "yo": "Yoruba",
    "zh": "Chinese", "zu": "Zulu",
}  # fmt: skip


def facet_label(field: str, value: str) -> str:
    """A facet's value as a reader sees it."""
    match field:
        case "language":
            return LANGUAGES.get(value.lower(), value)
        case "month" if len(value) == 7 and value[5:].isdigit() and 1 <= int(value[5:]) <= 12:
            return f"{MONTHS[int(value[5:])]} {value[:4]}"
        case _:
            return value


def day_label(day: date, *, weekday: bool = False) -> str:
    """`30 September 2015`, with its weekday before it when asked."""
    text = f"{day.day} {MONTHS[day.month]} {day.year}"
    return f"{calendar.day_name[day.weekday()]} {text}" if weekday else text


def date_label(article: Article, *, weekday: bool = False) -> str:
    """When an article was published, no more precisely than is known; "undated" when it is not."""
    day = article.published_on
    if day is None:
        return "undated"
    match article.date_precision:
        case DatePrecision.YEAR:
            return str(day.year)
        case DatePrecision.MONTH:
            return f"{MONTHS[day.month]} {day.year}"
        case _:
            return day_label(day, weekday=weekday)


def machine_date(article: Article) -> str:
    """The publication date as ISO 8601 writes it, as long as it is known: an instant, a day, a month or a year."""
    day = article.published_on
    if article.published_at is not None:
        return article.published_at.isoformat()
    if day is None:
        return ""
    match article.date_precision:
        case DatePrecision.YEAR:
            return f"{day.year:04d}"
        case DatePrecision.MONTH:
            return f"{day.year:04d}-{day.month:02d}"
        case _:
            return day.isoformat()


def period_label(text: str) -> str:
    """`2015`, `2015-09` or `2015-09-30` in words.

    >>> period_label("2015-09"), period_label("2015-09-30"), period_label("2015")
    ('September 2015', '30 September 2015', '2015')
    """
    parts = [int(part) for part in text.split("-")]
    match parts:
        case [year, month, day]:
            return f"{day} {MONTHS[month]} {year}"
        case [year, month]:
            return f"{MONTHS[month]} {year}"
        case _:
            return text


def bar_label(start: date, interval: Interval) -> str:
    """The name of a bar of the histogram."""
    match interval:
        case Interval.YEAR:
            return str(start.year)
        case Interval.MONTH:
            return f"{MONTHS[start.month]} {start.year}"
        case Interval.DAY:
            return day_label(start)


def days_label(days: int | None) -> str:
    """How far two stories lie apart, in words.

    >>> days_label(-3), days_label(0), days_label(400), days_label(None)
    ('3 days before', 'the same day', '1 year after', '')
    """
    if days is None:
        return ""
    if days == 0:
        return "the same day"
    distance = abs(days)
    if distance < 60:
        amount = counted(distance, "day", "days")
    elif distance < 365:
        amount = counted(round(distance / 30.4), "month", "months")
    else:
        amount = counted(distance // 365, "year", "years")
    return f"{amount} {'before' if days < 0 else 'after'}"


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{count:,} {one if count == 1 else many}"


def plural(label: str) -> str:
    """A field's label for several of it.

    >>> plural("Tag"), plural("Agency")
    ('Tags', 'Agencies')
    """
    return f"{label[:-1]}ies" if label.endswith("y") else f"{label}s"


def joined(words: tuple[str, ...], last: str = "and") -> str:
    """Words as a sentence lists them.

    >>> joined(("Putin",)), joined(("Putin", "Syria", "Russia"))
    ('Putin', 'Putin, Syria and Russia')
    """
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
