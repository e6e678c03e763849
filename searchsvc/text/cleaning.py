"""Cleaning: text as it was printed, without what machines left in it.

Control characters, invisible characters, markup and stray white space go; letters stay as they are (composed, NFC).
Not for deciding what belongs to a story (`ingest`), and not for repairing text in the wrong encoding.
Every function takes time in proportion to the text, whatever is in it.

>>> tidy_line("  Rain \\u200bin\\x00\\n Spain ")
'Rain in Spain'
>>> tidy_paragraphs("One line\\nand its end.\\n\\n\\nAnother.")
'One line and its end.\\n\\nAnother.'
>>> tidy_paragraphs(strip_markup("<p>R&amp;D &lt; R&D,</p><p>if a < b</p>")).split("\\n\\n")
['R&D < R&D,', 'if a < b']
"""

import html
import re
import unicodedata

# Lines longer than this were not wrapped by a machine, so a newline after one ends its paragraph.
LONGEST_WRAPPED_LINE = 120


def tidy_line(text: str) -> str:
    """The text on one line: white space runs are one space, none at the ends; invisible characters are gone."""
    return " ".join(_visible(text).split()).strip(_EDGES)


def tidy_paragraphs(text: str) -> str:
    """Paragraphs with one blank line between, each on one line.

    A single newline is a wrapped line and becomes a space, unless lines are too long to have been wrapped
    (then it ends a paragraph) or the next line begins like an item of a list.
    """
    visible = _visible(text)
    lines = visible.splitlines() or [""]
    # Where all is printable, the only white space in a line are spaces: most text has no two of them in a row.
    is_single_spaced = "  " not in visible and _is_printable(visible)
    paragraphs: list[str] = []
    block: list[str] = []
    for line in [*lines, ""]:
        if tidy := (line if is_single_spaced else " ".join(line.split())).strip(_EDGES):
            block.append(tidy)
        elif block:
            paragraphs.extend(_joined(block))
            block = []
    return "\n\n".join(paragraphs)


def strip_markup(text: str) -> str:
    """The text of an HTML fragment: blocks become paragraphs, scripts and comments go, entities are read.

    Only names that HTML knows count as tags: `a < b`, `<Enter>` and `R&D` are text.
    Text without markup is given back as it is.
    """
    if "<" not in text and "&" not in text:
        return text
    stripped, tags = _without_tags(text)
    plain = _unescaped(stripped)
    if not tags and "</" in plain and "</" not in text:  # escaped twice, as feeds do
        plain = _unescaped(_without_tags(plain)[0])
    return plain


# The signs beside ASCII that English news is printed with.
_SIGNS = "’“”‘–—…\xa0"


def without_signs(text: str) -> str:
    """Spaces in place of typographic quotes and dashes: most text is ASCII then, for which there are faster ways.

    >>> without_signs("“Rain” – it’s Café").isascii(), without_signs("“Rain” – it’s cold").split()
    (False, ['Rain', 'it', 's', 'cold'])
    """
    if not text.isascii():
        for sign in _SIGNS:
            text = text.replace(sign, " ")
    return text


# White space (but not the zero-width joiners, which Persian and Hindi spell with) is left to str.split.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]+"
)
_REPLACED = re.compile("[\x80-\x84\x86-\x9f\ud800-\udfff]")
_EDGES = " \u200c\u200d"


def _visible(text: str) -> str:
    """Text in NFC without invisible characters, white space apart."""
    if _is_printable(text):  # most text is, and is told at little cost: nothing below is printable but letters
        return text if text.isascii() else unicodedata.normalize("NFC", text)
    text = _INVISIBLE.sub("", text)
    if not text.isascii():
        text = _REPLACED.sub(_replacement, text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _is_printable(text: str) -> bool:
    return text.replace("\n", "").isprintable()


def _replacement(match: re.Match[str]) -> str:
    character = match.group()
    if "\ud800" <= character <= "\udfff":  # half of a pair: cannot be written as UTF-8
        return "\ufffd"
    # Quotes and dashes of Windows, read as Latin-1; five of the places are empty there.
    return bytes([ord(character)]).decode("cp1252", "ignore")


_ITEM = re.compile(r"[*•▪◦·‣–—-] |\(?\d{1,3}[.)] ")


def _joined(block: list[str]) -> list[str]:
    """Paragraphs of lines without a blank one between them."""
    if len(block) == 1 or max(map(len, block)) > LONGEST_WRAPPED_LINE:
        return block
    paragraphs: list[list[str]] = []
    for line in block:
        if not paragraphs or _ITEM.match(line):
            paragraphs.append([line])
        else:
            paragraphs[-1].append(line)
    return [" ".join(lines) for lines in paragraphs]


# No "<" inside a tag, and nothing given back once taken: from each "<" it looks no further than the next.
_TAG = re.compile(
    r"<(?:(?P<comment>!--)|(?P<cdata>!\[CDATA\[)|(?P<other>[!?][A-Za-z][^<>]*+>)"
    r"|(?P<slash>/?)(?P<name>[A-Za-z][A-Za-z0-9:-]{0,40}+)(?:(?:[^<>\"']|\"[^\"<]*+\"|'[^'<]*+')*+|[^<>]*+)>)"
)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "nav",
        "ol",
        "optgroup",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "title",
        "tr",
        "ul",
    ]
)
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "amp",
        "area",
        "audio",
        "b",
        "base",
        "bdi",
        "bdo",
        "big",
        "br",
        "button",
        "canvas",
        "cite",
        "code",
        "col",
        "colgroup",
        "data",
        "del",
        "details",
        "dfn",
        "em",
        "embed",
        "font",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "link",
        "map",
        "mark",
        "meta",
        "nobr",
        "object",
        "output",
        "param",
        "picture",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "source",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "td",
        "textarea",
        "th",
        "time",
        "track",
        "tt",
        "u",
        "var",
        "video",
        "wbr",
    ]
)
_SILENT = frozenset(["script", "style", "noscript", "template", "iframe", "svg", "select", "math"])


def _without_tags(text: str) -> tuple[str, int]:
    """The text outside of tags, entities as they were, and how many tags there were."""
    pieces: list[str] = []
    tags = 0
    position = 0
    unclosed: set[str] = set()  # looked for to the end of the text once, and not found
    while (match := _TAG.search(text, position)) is not None:
        pieces.append(text[position : match.start()])
        position = match.end()
        if match["comment"] or match["cdata"]:
            closing = "-->" if match["comment"] else "]]>"
            end = -1 if closing in unclosed else text.find(closing, position)
            if end < 0:
                unclosed.add(closing)
                continue
            if match["cdata"]:
                pieces.append(html.escape(text[position:end], quote=False))
            position = end + 3
            tags += 1
            continue
        if match["other"]:
            tags += 1
            continue
        name = match["name"].lower()
        if name in _SILENT:
            tags += 1
            if not match["slash"] and name not in unclosed:
                closed = re.compile(rf"</{name}[^<>]{{0,99}}+>", re.IGNORECASE).search(text, position)
                if closed is None:
                    unclosed.add(name)
                else:
                    position = closed.end()
            pieces.append(" ")
        elif name in _BLOCKS:
            tags += 1
            pieces.append("\n\n")
        elif name in _INLINE or ":" in name or "-" in name:
            tags += 1
            pieces.append(_IN_PLACE_OF.get(name, ""))
        else:
            pieces.append(match.group())
    pieces.append(text[position:])
    return "".join(pieces), tags


_IN_PLACE_OF = {"br": "\n", "td": " ", "th": " ", "img": " ", "button": " ", "input": " "}
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def _unescaped(text: str) -> str:
    """Entities that are closed by a semicolon as the characters they stand for: `R&D` and `?a=1&copy=2` stay."""
    if "&" not in text:
        return text
    return _ENTITY.sub(lambda match: html.unescape(match.group()), text)
