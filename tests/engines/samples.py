"""Articles that engines are tested on, and short ways to ask for them."""

from datetime import UTC, date, datetime
from typing import Any

from searchsvc.engines.contract import Engine
from searchsvc.model.article import Article, ArticleId, DatePrecision
from searchsvc.model.query import (
    And,
    DateRange,
    Fuzzy,
    MatchAll,
    MatchNone,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Term,
    Value,
)
from searchsvc.model.request import (
    SearchRequest,
)

# Long enough for a machine that does much else.
PATIENT_MS = 60_000


def story(id: str, headline: str = "A story", body: str = "", *, on: str = "", **fields: Any) -> Article:
    """An article for a test; `on` is a year, month, day or instant. `fields` are Article's."""
    if "T" in on:
        instant = datetime.fromisoformat(on).astimezone(UTC)
        fields |= {"published_at": instant, "published_on": instant.date(), "date_precision": DatePrecision.INSTANT}
    elif on:
        precision = {4: DatePrecision.YEAR, 7: DatePrecision.MONTH, 10: DatePrecision.DAY}[len(on)]
        fields |= {"published_on": date.fromisoformat(f"{on}-01-01"[:10]), "date_precision": precision}
    return Article(id=ArticleId(id), headline=headline, body=body, **fields)


def request_of(query: Query | None = None, **parts: Any) -> SearchRequest:
    """A request that finds all and waits long, unless told otherwise. `parts` are SearchRequest's."""
    return SearchRequest(query=query or MatchAll(), **({"limit": 1_000, "timeout_ms": PATIENT_MS} | parts))


def ids(engine: Engine, query: Query | None = None, **parts: Any) -> list[str]:
    """The ids of the hits in their order."""
    return [hit.article.id for hit in engine.search(request_of(query, **parts)).hits]


ARCHIVE = (
    story(
        "raids",
        "Russia launches air strikes in Syria",
        "Planes hit three towns before dawn. The state of the union was not mentioned.\n\nBashar al-Assad asked.",
        kicker="Moscow 'ready to liaise with US'",
        summary="The first raids since the spring.",
        on="2015-09-30T14:05:00+00:00",
        section="International",
        tags=("Putin", "Islamic State"),
        publication="The Herald",
        agency="Reuters",
        place="UNITED NATIONS",
        authors=("Ada Stone", "Bo Reed"),
    ),
    story(
        "pit",
        "Striking miners tell us they want more",
        "The café at the pit is shut. Its owner wants union pay. She is calm about Putin's raids.",
        on="2015-09-12",
        section="Business",
        tags=("Mining", "islamic  STATE"),
        publication="The Herald",
        agency="AFP",
    ),
    story(
        "greve",
        "Les grèves continuent à Łódź",
        "La grève des mineurs dure depuis lundi.",
        on="2015-10-02",
        language="fr",
        section="International",
        publication="La Gazette",
        tags=("Mining",),
    ),
    story(
        "claim",
        "IS claims the attack",
        "Who is behind it is not known in the U.S. or elsewhere.",
        tags=("State", "Putin"),
    ),
    story(
        "budget", "Union budget at 1,000 crowns", "State aid: union first, state later.", on="2014", section="business"
    ),
    story("letter", "A letter from Kent", "Air was clear. Strikes were few.", on="2014-02", section="Letters"),
)

# What is asked, and who is found.
FOUND: list[tuple[Query, set[str]]] = [
    (MatchAll(), {a.id for a in ARCHIVE}),
    (MatchNone(), set()),
    (And(()), {a.id for a in ARCHIVE}),
    (Or(()), set()),
    (Term("syria"), {"raids"}),
    (Term("SYRIA"), {"raids"}),
    (Term("nowhere"), set()),
    # Stems, and words themselves.
    (Term("strike"), {"raids", "pit", "letter"}),
    (Term("strikes", exact=True), {"raids", "letter"}),
    # Accents and letters with a stroke.
    (Term("cafe"), {"pit"}),
    (Term("Café"), {"pit"}),
    (Term("lodz"), {"greve"}),
    (Term("1000"), {"budget"}),
    # Short words and acronyms are words; capitals change the ranking only.
    (Term("is"), {"pit", "claim"}),
    (Term("IS", acronym=True), {"pit", "claim"}),
    (Term("U.S."), {"raids", "pit", "claim"}),
    (Term("US", acronym=True), {"raids", "pit", "claim"}),
    # A word that is cut matches as words in a row.
    (Term("al-Assad"), {"raids"}),
    (Term("Assad"), {"raids"}),
    (Term("assad-al"), set()),
    (Term("air-strike"), {"raids"}),
    (Term("Putin's"), {"raids", "pit", "claim"}),
    # Nothing is left of it.
    (Term("–"), set()),
    (Phrase("…"), set()),
    (Prefix("'"), set()),
    (Fuzzy("?", 1), set()),
    # Quoted words: in that order, next to each other, themselves.
    (Phrase("state of the union"), {"raids"}),
    (Phrase("air strikes"), {"raids"}),
    (Phrase("air strike"), set()),
    (Phrase("strikes air"), set()),
    (Phrase("strikes"), {"raids", "letter"}),
    (Phrase("Islamic State"), {"raids", "pit"}),
    # No phrase runs from one tag, or one paragraph, into the next.
    (Phrase("Putin Islamic"), set()),
    (Phrase("mentioned Bashar"), set()),
    # Within so many words, in any order; each word a token of its own.
    (Phrase("union state", slop=1), {"budget"}),
    (Phrase("union state", slop=2), {"raids", "budget"}),
    (Phrase("air strike", slop=0), {"raids"}),
    (Phrase("strike air", slop=2), {"raids", "letter"}),
    (Phrase("state state", slop=2), set()),
    (Phrase("state state", slop=3), {"budget"}),
    (Phrase("union union union", slop=50), set()),
    # Begins with; letters off.
    (Prefix("strik"), {"raids", "pit", "letter"}),
    (Prefix("gre"), {"greve"}),
    (Prefix("GRÈV"), {"greve"}),
    (Prefix("U.S"), {"raids", "pit", "claim"}),
    (Prefix("al-A"), set()),
    (Fuzzy("siria", 1), {"raids"}),
    (Fuzzy("sirya", 1), set()),
    (Fuzzy("sirya", 2), {"raids"}),
    (Fuzzy("yrsia", 1), set()),
    (Fuzzy("ysria", 1), {"raids"}),
    (Fuzzy("Kant", 1), {"letter", "pit"}),  # Kent, want
    # In a field.
    (Term("putin", "headline"), set()),
    (Term("putin", "body"), {"pit"}),
    (Term("putin", "tags"), {"raids", "claim"}),
    (Term("moscow", "kicker"), {"raids"}),
    (Term("spring", "summary"), {"raids"}),
    (Phrase("a letter", field="headline"), {"letter"}),
    (Prefix("min", "tags"), {"pit", "greve"}),
    # Whole values, in any case and spacing.
    (Value("tag", "ISLAMIC state"), {"raids", "pit"}),
    (Value("tag", "state"), {"claim"}),
    (Value("section", "Business"), {"pit", "budget"}),
    (Value("author", "bo reed"), {"raids"}),
    (Value("language", "fr"), {"greve"}),
    (Value("year", "2014"), {"budget", "letter"}),
    (Value("month", "2014-02"), {"letter"}),
    (Value("month", "2014-01"), set()),  # of the budget only the year is known
    (Value("tag", ""), set()),
    (Prefix("islamic", "tag"), {"raids", "pit"}),
    (Prefix("state", "tag"), {"claim"}),
    (Prefix("2015-09", "month"), {"raids", "pit"}),
    (Term("putin", "tag"), {"raids", "claim"}),
    (Phrase("islamic state", field="tag"), {"raids", "pit"}),
    (Fuzzy("putni", 1, "tag"), set()),
    # Dates: both ends included, undated ones never.
    (DateRange(date(2015, 9, 30), date(2015, 9, 30)), {"raids"}),
    (DateRange(date(2015, 9, 12), None), {"raids", "pit", "greve"}),
    (DateRange(None, date(2014, 12, 31)), {"budget", "letter"}),
    (DateRange(None, None), {"raids", "pit", "greve", "budget", "letter"}),
    # Taken together; two words may be found in different fields.
    (And((Term("moscow"), Term("planes"))), {"raids"}),
    (And((Term("union"), Term("mining"))), {"pit"}),
    (Or((Term("syria"), Term("kent"))), {"raids", "letter"}),
    (And((Term("union"), Not(Term("syria")))), {"pit", "budget"}),
    (Or((Term("–"), Term("kent"), Phrase("?"))), {"letter"}),  # one of them has no word
    (Not(Term("union")), {"greve", "claim", "letter"}),
    (Not(Not(Term("syria"))), {"raids"}),
    (Not(And((Term("union"), Term("miners")))), {"raids", "greve", "claim", "budget", "letter"}),
    (Not(DateRange(None, None)), {"claim"}),
    (Or((Not(MatchAll()), Value("section", "letters"))), {"letter"}),
]


_FLOOD_TEXT = (
    "The river Orl rose by two metres in the night, and the old bridge at Orlby was closed to all traffic. "
    "Families in the lower town left their houses before dawn. The mayor, Ingrid Vass, said that the flood was the "
    "worst in forty years."
)
FLOOD = (
    story("flood", "Flood closes the bridge at Orlby", _FLOOD_TEXT, on="2016-04-01", tags=("Orlby", "Weather")),
    story("copy", "River Orl in flood", _FLOOD_TEXT, on="2016-04-02", publication="The Post"),
    story(
        "dam",
        "Engineers warn of the Orl dam",
        "The dam above Orlby could not hold a flood of the Orl.",
        on="2016-02-11",
    ),
    story(
        "repair",
        "Orlby bridge under repair",
        "Vass said that the bridge over the Orl reopens in a year.",
        on="2016-06-30",
    ),
    story(
        "ferry",
        "A ferry for Orlby",
        "While the bridge is closed a ferry crosses the Orl.",
        on="2016-04-02",
        tags=("orlby",),
    ),
    story("undated", "Orlby remembers its floods", "The Orl has drowned the bridge before, Vass writes."),
)
NOISE = tuple(
    story(
        f"noise-{n}",
        f"{what} talks go on",
        f"The {what.lower()} ministers met and said little of note.",
        on="2016-04-01",
    )
    for n, what in enumerate(("MemoryBudget", "Fishing", "Trade", "Wheat", "Coal", "Opera", "Tram", "School"))
)
