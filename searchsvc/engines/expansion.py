"""Expanding: how many words a prefix or fuzzy word may stand for, and which; the same for every engine.

>>> kept, notice = limit_expansion(Prefix("str"), {"strike": 3, "strait": 3, "strange": 1}, most=2)
>>> kept, notice.message
(['strait', 'strike'], 'str* stands for 3 words; the 2 most frequent were searched')
"""

from collections.abc import Mapping

from searchsvc.model.query import Fuzzy, Prefix
from searchsvc.model.result import Notice, NoticeKind

# A prefix or fuzzy word stands for at most so many words of the archive. Beyond, its set is that of these words.
MAX_EXPANSION = 1_024


def limit_expansion(
    leaf: Prefix | Fuzzy, counts: Mapping[str, int], *, most: int = MAX_EXPANSION
) -> tuple[list[str], Notice | None]:
    """The words to search for, those in the most articles, equal ones in alphabetical order; and what to say of others.

    `counts` has each word of the archive that the leaf matches, and the articles with it.
    """
    if len(counts) <= most:
        return list(counts), None
    mark = "*" if isinstance(leaf, Prefix) else "~"
    message = f"{leaf.text}{mark} stands for {len(counts):,} words; the {most:,} most frequent were searched"
    kept = sorted(counts, key=lambda word: (-counts[word], word))[:most]
    return kept, Notice(kind=NoticeKind.LIMIT, message=message, span=leaf.span)
