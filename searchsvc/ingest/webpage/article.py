"""Article: the draft of what is on one web page.

Not for deciding whether it gets in (`ingest.finishing`), and not for files (`ingest.importers.html`).
"""


from searchsvc.errors import MalformedSource
from searchsvc.ingest.draft import Draft
from searchsvc.ingest.webpage.body import find_body
from searchsvc.ingest.webpage.decoding import decoded
from searchsvc.ingest.webpage.tree import MAX_SIZE, parse, text_of


def read_page(content: bytes, *, url: str, charset: str) -> Draft:
    """What is on the page. Raises MalformedSource, without a source's name, when there is no article on it."""
    if len(content) > MAX_SIZE:
        raise MalformedSource(f"larger than {MAX_SIZE // 1_000_000} MB, too large for one page", source="")
    text, note = decoded(content, charset)
    root = parse(text)
    body = find_body(root)
    if not body:
        raise MalformedSource("no article on the page", source="")
    heading = root.find(".//h1")
    return Draft(
        headline=text_of(heading) if heading is not None else "", body=body, url=url, notes=(note,) if note else ()
    )
