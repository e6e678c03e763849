"""Query expansion: which words a prefix or fuzzy word is searched as, the same for every engine.

Not for finding the words that match: each engine has its own dictionary.

>>> kept, notice = limit_expansion(Prefix("str"), {"strike": 3, "strait": 3, "strange": 1}, most=2)
>>> kept, notice.message
(['strait', 'strike'], 'str* stands for 3 words; the 2 most frequent were searched')
"""

from collections.abc import Mapping

from searchsvc.model.query import Fuzzy, Prefix
from searchsvc.model.result import Notice, NoticeKind

# Words that a prefix or fuzzy word is expanded to. If more match, only articles with one of these are found.
MAX_EXPANSION = 1_024


def limit_expansion(
    leaf: Prefix | Fuzzy, counts: Mapping[str, int], *, most: int = MAX_EXPANSION
) -> tuple[list[str], Notice | None]:
    """The words to search for: the `most` most frequent, ties in alphabetical order; a notice if any were dropped.

    `counts` gives, for each word of the archive that the leaf matches, the number of articles with it.
    """
    if len(counts) <= most:
        return list(counts), None
    mark = "*" if isinstance(leaf, Prefix) else "~"
    message = f"{leaf.text}{mark} stands for {len(counts):,} words; the {most:,} most frequent were searched"
    kept = sorted(counts, key=lambda word: (-counts[word], word))[:most]
    return kept, Notice(kind=NoticeKind.LIMIT, message=message, span=leaf.span)
