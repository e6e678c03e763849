"""A small archive for the tests of the pages and the API: a harbour town, its strike and its flood."""

from datetime import UTC, date, datetime

from searchsvc.model.article import Article, ArticleId, DatePrecision, Provenance

SECTIONS = ("City", "Business", "World", "Sport")
AGENCIES = ("Reuters", "", "AFP", "")
AUTHORS = (("Ana Lima",), ("Ben Okoro", "Ana Lima"), (), ("Cho Min",))
PAPERS = ("Harbour Post", "Evening Tide")

EVIL = '<script>alert("x")</script> & <b>bold</b>'


def _strike(n: int) -> Article:
    """One of thirty stories, a week apart, on the strike at the docks."""
    day = date.fromordinal(date(2015, 3, 2).toordinal() + 7 * n)
    return Article(
        id=ArticleId(f"strike-{n:02d}"),
        headline=f"Dockers enter week {n + 1} of the harbour strike",
        body=(
            f"The dockers of the north quay voted on day {n * 7 + 1} to go on with their strike.\n\n"
            "The port authority said that the talks about night shifts would resume at the café by the lighthouse.\n\n"
            f"About {120 + n} containers wait on the quay, and the union wants a written offer."
        ),
        kicker="NORTH QUAY" if n % 3 == 0 else "",
        summary="Talks on night shifts have not ended the strike." if n % 4 == 1 else "",
        byline="By " + " and ".join(AUTHORS[n % 4]) if AUTHORS[n % 4] else "",
        authors=AUTHORS[n % 4],
        agency=AGENCIES[n % 4],
        publication=PAPERS[n % 2],
        section=SECTIONS[n % 4],
        place="PORT ELLIS",
        tags=("Strike", "Harbour", "Night shift" if n % 2 else "Union"),
        url=f"https://post.example/strike/{n}",
        published_on=day,
        published_at=datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC) if n % 2 else None,
        date_precision=DatePrecision.INSTANT if n % 2 else DatePrecision.DAY,
        date_source="dateline",
        provenance=Provenance(importer="records", source="/srv/private/strike.jsonl", position=f"line {n + 1}"),
    )


OTHERS: tuple[Article, ...] = (
    Article(
        id=ArticleId("flood/2014/first night"),
        headline="River Ell floods the lower town",
        body="Water stood in the market hall by midnight.\n\nNobody was hurt, the mayor said.",
        publication="Evening Tide",
        section="City",
        tags=("Flood", "River Ell"),
        published_on=date(2014, 11, 5),
        date_precision=DatePrecision.DAY,
        date_source="meta",
        provenance=Provenance(importer="html", source="flood.html", saved_on=date(2024, 3, 19), notes=("two titles",)),
    ),
    Article(
        id=ArticleId("flood/2014/pumps"),
        headline="Pumps run for a third day in the lower town",
        body="The flood left mud in the market hall. Fire crews from the river villages came to help.",
        publication="Harbour Post",
        section="City",
        tags=("Flood",),
        published_on=date(2014, 11, 8),
        date_precision=DatePrecision.DAY,
    ),
    Article(
        id=ArticleId("evil"),
        headline=f"Town crier reads {EVIL} aloud",
        body=f"He read {EVIL} twice, and the crier bowed.",
        kicker=f"KICKER {EVIL}",
        section=f"Odd {EVIL}",
        tags=(f"Tag {EVIL}", "-minus", "Harbour"),
        authors=(f"Author {EVIL}",),
        url="javascript:alert(1)",
        published_on=date(2014, 1, 1),
        date_precision=DatePrecision.YEAR,
    ),
    Article(
        id=ArticleId("https://post.example/a?b=c#d"),
        headline="Lighthouse keeper retires after forty years",
        body="The lamp has been lit by a machine since spring.",
        section="City",
        published_on=date(2014, 6, 1),
        date_precision=DatePrecision.MONTH,
    ),
    Article(id=ArticleId("../odd"), headline="Ferry timetable, undated", body="The ferry sails at eight."),
    Article(id=ArticleId("notes/related"), headline="Notes on a ferry", body="A column on slow travel by ferry."),
    Article(
        id=ArticleId("fr-1"),
        headline="La grève du port entre dans sa dixième semaine",
        body="Les dockers du quai nord ont voté pour continuer la grève.",
        publication="Le Phare",
        section="World",
        tags=("Strike",),
        language="fr",
        published_on=date(2015, 5, 6),
        date_precision=DatePrecision.DAY,
    ),
    Article(
        id=ArticleId("question?100%&=é"),
        headline="Is the café by the lighthouse 100 % safe?",
        body="It is, says the surveyor.",
        section="City",
        published_on=date(2013, 2, 28),
        date_precision=DatePrecision.DAY,
    ),
)

ARTICLES: tuple[Article, ...] = (*(_strike(n) for n in range(30)), *OTHERS)
