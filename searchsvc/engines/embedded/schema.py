"""Schema: the Whoosh schema of an index, and the version of the layout of its files.

Each text field is a Whoosh field of words, so that Whoosh's searcher can read it too (`codec`); what a word is and
which articles match is said elsewhere (`text.analyzer`, `search.evaluator`). So the fields here have no analyzer.
"""

from whoosh import fields, formats

from searchsvc.model.fields import FIELDS, SEARCHED_FIELDS
from searchsvc.text import analyzer

INDEX_NAME = "MAIN"  # begins the name of each file of a segment
STORED = "article"  # the whole article as JSON text
LAYOUT = 5  # raised when the layout of segments changes


def whoosh_schema() -> fields.Schema:
    """A Whoosh schema; always given to Whoosh, so that it never unpickles the one in a commit."""
    schema = fields.Schema()
    for name in SEARCHED_FIELDS:
        schema.add(name, fields.FieldType(formats.Frequency(), None, scorable=True))
    schema.add(STORED, fields.STORED)
    return schema


def schema_version() -> str:
    """Names what an index must have been made with to be read: layout, fields and analyzer."""
    names = ",".join(f"{field.kind.value}:{field.name}" for field in FIELDS)
    return f"{LAYOUT}/{analyzer.VERSION}/{names}"
