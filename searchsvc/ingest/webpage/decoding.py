"""Decoding: the bytes of a web page to its text, whatever they say of themselves.

UTF-8 that is valid is UTF-8; else what the server said, then what the page says; a name that nobody knows, or that
does not fit the bytes, counts for nothing.

>>> decoded("caf\\xe9 <meta charset=utf-8>".encode("latin-1"))
Decoded(text='café <meta charset=utf-8>', note='not UTF-8 as it says: read as Windows-1252')
>>> decoded('<meta charset="windows-1251">Дождь'.encode("cp1251")).text[-5:]
'Дождь'
"""

import re
from typing import NamedTuple

from searchsvc.errors import MalformedSource
from searchsvc.ingest.importers.base import decode


class Decoded(NamedTuple):
    """The text of a page, and a note on its encoding."""

    text: str
    note: str  # what was odd; "" when nothing was


def decoded(content: bytes, charset: str = "") -> Decoded:
    """The text, control characters left out. `charset` is what the server said, if it did.

    Raises MalformedSource, without a source's name, when there is little else than control characters.
    """
    text, note = _text(content, charset)
    is_clean = len(content.translate(None, _CONTROL_BYTES)) == len(content) and "\ufffe" not in text
    clean = text if is_clean else _CONTROL.sub("", text)  # to look at bytes is quicker, and most have none
    noise = len(text) - len(clean) + clean.count("\ufffd")
    if noise > _NOISE * len(text):
        raise MalformedSource("not text: full of control characters", source="")
    return Decoded(clean, note)


_NOISE = 0.1  # of all characters; a page that lost its every umlaut has less


# What XML cannot hold; a parser of HTML in C stops at the first NUL.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

_CONTROL_BYTES = bytes([*range(9), 11, 12, *range(14, 32), 127])

_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)\b[^>]{0,500}?(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.I
)
_REACH = 16 * 1024  # bytes in which a page says its encoding; browsers look at the first 1,024

# Names as pages write them to the codec that browsers take for them. No others: some codecs of Python are no
# encodings of text, and some take time that grows with the square of it.
_CODECS = {
    label: codec
    for codec, labels in {
        "utf-8": "utf-8 utf8 unicode-1-1-utf-8",
        "cp1252": "windows-1252 cp1252 iso-8859-1 iso8859-1 latin1 latin-1 iso_8859-1 us-ascii ascii x-cp1252 l1",
        "cp1250": "windows-1250 cp1250 x-cp1250",
        "cp1251": "windows-1251 cp1251 x-cp1251 win-1251",
        "cp1253": "windows-1253 cp1253",
        "cp1254": "windows-1254 cp1254 iso-8859-9 iso8859-9 latin5",
        "cp1255": "windows-1255 cp1255",
        "cp1256": "windows-1256 cp1256",
        "cp1257": "windows-1257 cp1257",
        "cp1258": "windows-1258 cp1258",
        "cp874": "windows-874 tis-620 iso-8859-11",
        "iso8859-2": "iso-8859-2 iso8859-2 latin2",
        "iso8859-3": "iso-8859-3",
        "iso8859-4": "iso-8859-4 latin4",
        "iso8859-5": "iso-8859-5 iso8859-5",
        "iso8859-6": "iso-8859-6 arabic",
        "iso8859-7": "iso-8859-7 iso8859-7 greek",
        "iso8859-8": "iso-8859-8 iso-8859-8-i hebrew",
        "iso8859-10": "iso-8859-10 latin6",
        "iso8859-13": "iso-8859-13",
        "iso8859-14": "iso-8859-14",
        "iso8859-15": "iso-8859-15 iso8859-15 latin9 latin-9",
        "iso8859-16": "iso-8859-16",
        "koi8-r": "koi8-r koi8 koi",
        "koi8-u": "koi8-u",
        "cp866": "ibm866 cp866",
        "mac-roman": "macintosh x-mac-roman",
        "gb18030": "gb2312 gbk gb18030 gb_2312-80 x-gbk chinese csgb2312",
        "big5hkscs": "big5 big5-hkscs cn-big5 x-x-big5",
        "euc-jp": "euc-jp x-euc-jp",
        "cp932": "shift_jis shift-jis sjis x-sjis windows-31j ms_kanji",
        "iso2022-jp": "iso-2022-jp",
        "cp949": "euc-kr ks_c_5601-1987 korean windows-949 ksc5601",
    }.items()
    for label in labels.split()
}


def _text(content: bytes, charset: str) -> tuple[str, str]:
    declared = [charset.strip(" \"'").lower()]
    if (match := _DECLARED.search(content[:_REACH])) is not None:
        declared.append(match[1].decode("ascii").lower())
    codecs = [_CODECS[name] for name in declared if name in _CODECS]
    if "iso2022-jp" in codecs and b"\x1b$" in content:  # seven bits, so it would pass for UTF-8
        return content.decode("iso2022-jp", "replace"), ""
    text, note = decode(content)
    if not note or note.startswith("not quite"):
        return text, note
    for codec in codecs:
        if codec != "utf-8":
            text = content.decode(codec, "replace")
            # A few broken bytes happen; where every second letter breaks, the name is a lie.
            if text.count("\ufffd") <= _BROKEN * len(content.translate(None, _ASCII)):
                return text, f"some broken bytes replaced ({codec})" if "\ufffd" in text else ""
    text = content.decode("cp1252", "replace")
    return text, "not UTF-8 as it says: read as Windows-1252" if codecs else "not UTF-8: read as Windows-1252"


_BROKEN = 0.1  # of the bytes beyond ASCII
_ASCII = bytes(range(128))
