"""Credits: who wrote a story and where it was filed: bylines, datelines and the credit of an agency.

>>> dateline("UNITED NATION, September 30, 2015")
Dateline(place='UNITED NATION', date_text='September 30, 2015', agency='', length=33)
>>> dateline("GENEVA (Reuters) - The talks resumed.").agency
'Reuters'
>>> without_credit('"We will," she said.-Reuters')
('"We will," she said.', 'Reuters')
>>> names("By Jane Doe and John Roe, Staff Writer")
('Jane Doe', 'John Roe')
"""

import re
from dataclasses import dataclass

# As printed, in lower case, to the one name a reader would choose by.
_AGENCIES: dict[str, str] = {
    "reuters": "Reuters", "thomson reuters": "Reuters", "reuters staff": "Reuters",
    "ap": "AP", "associated press": "AP", "the associated press": "AP",
    "afp": "AFP", "agence france-presse": "AFP", "agence france presse": "AFP", "upi": "UPI",
    "united press international": "UPI", "bloomberg": "Bloomberg", "bloomberg news": "Bloomberg",
    "dpa": "dpa", "deutsche presse-agentur": "dpa", "efe": "EFE", "ansa": "ANSA", "lusa": "Lusa", "belga": "Belga",
    "anp": "ANP", "apa": "APA", "ntb": "NTB", "ritzau": "Ritzau", "stt": "STT", "pap": "PAP", "ctk": "CTK",
    "mti": "MTI",
    "tass": "TASS", "itar-tass": "TASS", "ria novosti": "RIA Novosti", "interfax": "Interfax", "tanjug": "Tanjug",
    "xinhua": "Xinhua", "kyodo": "Kyodo", "kyodo news": "Kyodo", "jiji": "Jiji", "yonhap": "Yonhap", "kcna": "KCNA",
    "pti": "PTI", "press trust of india": "PTI", "ians": "IANS", "ani": "ANI", "app": "APP", "unb": "UNB", "bss": "BSS",
    "bernama": "Bernama", "antara": "Antara", "vna": "VNA", "aap": "AAP", "pa": "PA", "pa media": "PA",
    "press association": "PA", "the press association": "PA", "the canadian press": "The Canadian Press",
    "canadian press": "The Canadian Press", "sapa": "SAPA", "nan": "NAN", "panapress": "Panapress",
    "anadolu": "Anadolu", "anadolu agency": "Anadolu", "aa": "Anadolu", "irna": "IRNA", "kuna": "KUNA", "wam": "WAM",
    "spa": "SPA", "mena": "MENA", "qna": "QNA", "dow jones": "Dow Jones", "cna": "CNA", "ips": "IPS", "inp": "INP",
}  # fmt: skip

_AGENCY = "|".join(sorted(map(re.escape, _AGENCIES), key=len, reverse=True))
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_DAY = rf"(?:{_MONTH} \d{{1,2}}(?:,? \d{{4}})?|\d{{1,2}} {_MONTH}(?:,? \d{{4}})?)"
_NAME = r"[A-ZÀ-ÖØ-Þ][\w.'’-]{1,30}"
# WASHINGTON; ANCHORAGE, Alaska; SÃO PAULO/RIO DE JANEIRO; St. Louis only before a bracketed agency.
_PLACE = r"[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ.'’/ -]{2,40}(?:, (?:[A-ZÀ-ÖØ-Þ][\w.'’ -]{1,25}))?"
_DASH = r"\s?(?:-{1,2}|–|—|:)\s"

# In brackets before a dash, or glued to the last full stop, any short name in capitals is an agency: nobody knows all.
_ANY_AGENCY = r"[A-ZÀ-ÖØ-Þ][\w.&’'-]{1,20}(?: [A-ZÀ-ÖØ-Þ][\w.&’'-]{1,20}){0,3}"

_DATELINES = tuple(
    re.compile(shape)
    for shape in (
        rf"(?P<place>{_PLACE}),? (?P<date>{_DAY}),? ?\((?P<agency>[^()]{{2,40}})\)(?:{_DASH}|\s)",
        rf"(?P<place>{_PLACE}|{_NAME}(?:[ ,]+{_NAME}){{0,4}}),? ?"
        rf"\((?P<agency>(?i:{_AGENCY})(?:/[\w ]{{1,30}})?)\)(?:{_DASH}|\s)",
        rf"(?P<place>{_PLACE}),? ?\((?P<agency>{_ANY_AGENCY})\){_DASH}",
        rf"(?P<place>{_PLACE}), (?P<date>{_DAY}):?(?:{_DASH}|\s*$)",
        rf"(?P<place>{_PLACE}) ?(?:--|–|—) ",
        rf"\((?P<agency>(?i:{_AGENCY}))\)(?:{_DASH}|\s)",
    )
)


@dataclass(frozen=True, slots=True)
class Dateline:
    """Where and when a story was filed, as printed; `length` characters of the text are the dateline."""

    place: str
    date_text: str
    agency: str
    length: int


def dateline(paragraph: str) -> Dateline | None:
    """The dateline that a paragraph begins with, or is."""
    beginning = paragraph[:160]
    if not beginning[:1].isupper() and beginning[:1] != "(":
        return None
    for shape in _DATELINES:
        if (match := shape.match(beginning)) is not None:
            parts = match.groupdict()
            printed = (parts.get("agency") or "").split("/")[0]
            agency = agency_name(printed) or printed.strip()
            return Dateline((parts.get("place") or "").strip(" ,"), parts.get("date") or "", agency, match.end())
    return None


def agency_name(text: str) -> str:
    """The usual name of an agency, whichever way it was printed; "" when it is none that we know."""
    return _AGENCIES.get(" ".join(text.strip(" ()[].-–—/").lower().split()), "")


# After a full stop, a bar, a dash or in brackets, as the last thing of a paragraph; or as a paragraph.
_CREDIT = re.compile(
    r"(?:(?<=[.!?\"”’'])\s*(?:-{1,2}|–|—|/|\|)\s*|\s*[(\[](?:with |from )?|^(?:source|credit|agency)\s*[:-]\s*|"
    r"^[-–—]*\s*|\s+[–—]\s?|\s--\s?)"
    rf"(?P<agency>(?i:{_AGENCY}))(?:\s?/\s?(?i:{_AGENCY}))*[)\]]?\s*\.?$"
)
_ANY_CREDIT = re.compile(
    rf"(?<=[.!?\"”’'])(?:[-–—](?P<glued>{_ANY_AGENCY})"
    # With space around it, it could be the name of who is quoted: the agency has to say that it is one.
    rf"|\s?[-–—]{{1,2}}\s(?P<apart>(?:{_ANY_AGENCY} )?"
    rf"(?:Wire|Press|News|Agency|Agence|Agencies|Service|Agentur|Agencia)(?: {_ANY_AGENCY})?))$"
)


def without_credit(paragraph: str) -> tuple[str, str]:
    """A paragraph without the agency's credit at its end, and the agency ("" and all of it when there is none)."""
    end = paragraph[-80:]
    match = _CREDIT.search(end) or _ANY_CREDIT.search(end)
    # At the beginning of the cut is not at the beginning of the paragraph.
    if match is None or (match.start() == 0 and len(paragraph) > len(end)):
        return paragraph, ""
    printed = next(name for name in match.groupdict().values() if name)
    rest = paragraph[: len(paragraph) - len(end) + match.start()]
    return rest.rstrip(), agency_name(printed) or printed


_BY = re.compile(
    r"(?:(?:written|reported|posted|published|story|words|text|analysis|review|report|opinion)\s+)?"
    r"(?:by|von|par|por|di|door|av)\b\s*:?\s*",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:,|;|\||/|&|•|·|\band\b|\bund\b|\bet\b|\by\b|\bwith\b|\bmit\b|\ben\b)\s*", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(?:staff|writer|reporter|correspondent|editor|columnist|contributor|contributing|chief|bureau|special|senior|"
    r"political|news|sports?|business|agency|press|photographer|desk|team|online|digital|for the|of the|in|at|from|"
    r"associated|reuters|afp|upi|bloomberg|updated?|published|posted|minutes?|am|pm|ist|est|gmt)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(r"[^\W\d_][\w.'’-]*(?:\s+[^\W\d_][\w.'’-]*){0,5}")
_WHERE = re.compile(r" (?:in|at|for|from|of|near|aboard) ", re.IGNORECASE)
MAX_AUTHORS = 20


def names(byline: str) -> tuple[str, ...]:
    """The people named in a byline; what they are, and for whom, is left out."""
    text = byline.strip()[:500]
    lead = _BY.match(text)
    text = re.sub(r"\([^()]*\)|<[^<>]*>|\S+@\S+|https?://\S+", " ", text[lead.end() :] if lead else text)
    found: list[str] = []
    for part in _BETWEEN.split(text):
        name = _WHERE.split(" ".join(part.split()))[0].strip(" .:-–—")
        if name.startswith("@") or not name or _ROLE.search(name) or agency_name(name) or len(name) > 60:
            continue
        if _PERSON.fullmatch(name) and name[0].upper() == name[0]:
            found.append(_from_capitals(name))
    return tuple(dict.fromkeys(found))[:MAX_AUTHORS]


def _from_capitals(name: str) -> str:
    """JANE DOE is Jane Doe; `Jane DOE` stays as printed."""
    return name.title() if name.isupper() and len(name) > 4 and " " in name else name
