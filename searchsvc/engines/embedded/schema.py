"""Schema: one Whoosh field for the terms of all text fields, and the stored article.

Whoosh keeps terms and bytes; what a word is, what its postings mean and which articles match is said elsewhere
(`text.analyzer`, `postings`, `evaluating`). So the field here has neither an analyzer nor a length.
"""

from whoosh import fields, formats
from whoosh.codec.whoosh3 import W3Codec

from searchsvc.model.fields import FIELDS
from searchsvc.text import analyzer

INDEX_NAME = "MAIN"  # begins the name of each file of Whoosh's
TERMS = "terms"  # of all text fields
STORED = "article"  # the whole article as JSON text
LAYOUT = 3  # raised when the layout of segments or sidecars changes

# A format says only that a posting has bytes of any length; `postings` packs and reads them.
FORMAT = formats.Positions()


def whoosh_schema() -> fields.Schema:
    """A Whoosh schema; always given to Whoosh, so that it never unpickles the one in a commit."""
    schema = fields.Schema()
    schema.add(TERMS, fields.FieldType(FORMAT, None))
    schema.add(STORED, fields.STORED)
    return schema


def whoosh_codec() -> W3Codec:
    """Whoosh's own codec. A block a posting, for a posting is a whole run of ours; packed, so not compressed."""
    return W3Codec(blocklimit=1, compression=0)


def schema_version() -> str:
    """Names what an index must have been made with to be read: layout, fields and analyzer."""
    names = ",".join(f"{field.kind.value}:{field.name}" for field in FIELDS)
    return f"{LAYOUT}/{analyzer.VERSION}/{names}"
