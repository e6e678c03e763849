"""HelpPage: the query language for readers, each example a search that can be tried."""

from dataclasses import dataclass

from searchsvc.model.fields import FACET_FIELDS, FIELDS
from searchsvc.web.search_state import SearchState


@dataclass(frozen=True, slots=True)
class Example:
    """One query of the help, as it is typed, and what it finds."""

    typed: str
    meaning: str

    @property
    def url(self) -> str:
        """The search page of this query, from the root of the site."""
        return SearchState(q=self.typed).url


@dataclass(frozen=True, slots=True)
class Topic:
    """One section of the help on the query language."""

    title: str
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One row of the help's table of fields; the aliases are separated by commas."""

    name: str
    aliases: str
    meaning: str


TOPICS: tuple[Topic, ...] = (
    Topic(
        "Words",
        (
            Example("election results", "Stories with both words, in any order and any form: result finds results."),
            Example("strike OR walkout", "Stories with either word. OR is written in capitals."),
            Example("election -local", "Stories with the first word and without the second. NOT local is the same."),
            Example("(flood OR storm) coast", "Brackets say what belongs together."),
        ),
    ),
    Topic(
        "Phrases",
        (
            Example('"state of the union"', "These words in this order, the small ones too, in exactly this form."),
            Example('"russia syria"~5', "These words within five words of each other."),
        ),
    ),
    Topic(
        "Parts of words and spelling",
        (
            Example("strik*", "Words that begin so: strike, strikes, striking. At least two letters before the star."),
            Example("parlament~", "Words that are one or two letters off."),
            Example("US embassy", "Capitals in a mixed search mean the acronym: US the country comes before us."),
        ),
    ),
    Topic(
        "Fields",
        (
            Example("headline:election", "The word in the headline."),
            Example('tag:"Islamic State"', "The whole tag, in capitals or not."),
            Example("agency:Reuters strike", "Stories by that agency with the word."),
        ),
    ),
    Topic(
        "Dates",
        (
            Example("date:2015", "Published in that year."),
            Example("date:2015-09", "Published in that month, its last day included."),
            Example("date:2015-09..2015-12", "Published from September to December."),
            Example("date:>2015-09-30", "Published after that day."),
            Example('date:"last week"', "Also: yesterday, today, -14d for the last fourteen days."),
        ),
    ),
)

FIELD_ROWS: tuple[FieldRow, ...] = tuple(
    FieldRow(field.name, ", ".join(field.aliases), field.help[:1].upper() + field.help[1:]) for field in FIELDS
)

FACET_LABELS: tuple[str, ...] = tuple(field.label for field in FACET_FIELDS)
