"""Tag links: lists of links around a story that lead to its subjects, and not menus or what is read most.

>>> from searchsvc.ingest.webpage.tree import parse
>>> tree = parse('<h1>Rain</h1><p>It rained.<ul class=tags><li><a href=x>Rain</a><li><a href=y>Port Elm</a></ul>'
...              '<p>The <a href="/tag/sea">sea</a> rose high in the night of that Sunday.')
>>> linked(tree)
[(['Rain', 'Port Elm'], 'links to tags')]
"""

import re
from itertools import islice

from lxml.html import HtmlElement

from searchsvc.ingest.webpage.tree import length_of, text_of

MAX_TAG = 80  # characters
MAX_WORDS = 4  # of a tag, in the middle; headlines of other stories have more
MAX_LINKS = 30  # of one list; more are a directory
MAX_LOOKED_AT = 5_000  # links of a page

_ADDRESS = re.compile(
    r"/(?:tags?|topics?|themen?|thema|temas?|keywords?|etiquetas?|schlagworte?|stichworte?|subjects?|sujets?|"
    r"mots?-cles?|emner?|emne|argomenti|argomento|tagi|temat|dossiers?|hashtag|etiket|tagged)(?:[/=.-]|$)"
    r"|[?&](?:tags?|topic|keyword)=",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"(?:^|[\s_-])(?:[a-z]*tags?|topics?|keywords?|themen|themes?|temas|etiquetas?|schlagw\w+|stichw\w+|hashtags?|subjects?|"
    r"tag-?list|tag-?name|taglinks?)(?:$|[\s_\d-])|[a-z](?:Tags|Topics|Keywords)\b|\btags?[A-Z_-]",
    re.IGNORECASE,
)
_MAYBE = re.compile("tag|topic|keyword|them|tema|etiquet|schlag|stich|subject", re.IGNORECASE)  # quicker to say no
_LABEL = re.compile(
    r"^\W*(?:(?:related |more on |article )?(?:tags?|topics?|keywords?|subjects?)|filed under|in this article|more on|"
    r"read more about|explore more(?: on these topics)?|(?:weitere )?themen|mehr zum thema|schlagw[oö]rter|schlagworte|"
    r"stichw[oö]rter|temas|etiquetas|archivado en|más sobre|mots[- ]clés|sujets|thèmes|argomenti|emner|tagi|tematy|"
    r"témata|etiketler|trefwoorden|onderwerpen|теги|темы|タグ|キーワード|関連キーワード|关键词)\W*$",
    re.IGNORECASE,
)
_ITEMS = frozenset(("li", "span", "p", "strong", "b", "em", "i", "button", "dd", "h2", "h3", "h4", "h5", "h6"))
_AROUND = frozenset(("nav", "header", "footer", "aside", "form"))


def linked(root: HtmlElement) -> list[tuple[list[str], str]]:
    """The lists, with what they are: "links to tags", or "links that may be tags"; those within the story first."""
    groups: dict[HtmlElement, list[HtmlElement]] = {}
    for link in root.xpath("//a[@href or @class]")[:MAX_LOOKED_AT]:
        group = link.getparent()
        for _ in range(5):
            if group is None or len(list(islice(group.iter("a"), 2))) > 1:
                break
            if group.tag not in _ITEMS and "-" not in str(group.tag) and len(group) != 1:
                break
            group = group.getparent()
        if group is not None:
            groups.setdefault(group, []).append(link)
    found = []
    for group, links in groups.items():
        if len(links) > MAX_LINKS or group.tag in ("body", "html") or not (within := _is_around_story(group)):
            continue
        is_said = 2 * sum(map(_tells_of_tag, links)) >= len(links) or _is_called_so(group, links)
        if not is_said and (within != "story" or len(links) < 2):
            continue
        names = _names(links)
        if not names or sum(len(name.split()) for name in names) > MAX_WORDS * len(names):
            continue
        if length_of(group) <= 30 + 1.6 * sum(map(len, names)):  # links in a sentence are words of it
            found.append((names, "links to tags" if is_said else "links that may be tags"))
    return found


def _names(links: list[HtmlElement]) -> list[str]:
    names = (_COUNT.sub("", text_of(link)).strip(" #,") for link in links)
    return list(dict.fromkeys(name for name in names if name and len(name) <= MAX_TAG))


_COUNT = re.compile(r"\s*\(\d[\d.,]*[^()]{0,20}\)$")


def _is_around_story(group: HtmlElement) -> str:
    """ "story" when the list stands in the story's element, "page" when in none of the page's menus, else ""."""
    above = [str(each.tag) for each in [group, *group.iterancestors()]]
    if "article" in above or "main" in above:
        return "story"
    return "" if _AROUND & set(above) else "page"


def _tells_of_tag(link: HtmlElement) -> bool:
    said = link.get("rel", "").lower().split()
    if "category" in said:  # as blogs call their sections
        return False
    return "tag" in said or _ADDRESS.search(link.get("href", "")[:500]) is not None


def _is_called_so(group: HtmlElement, links: list[HtmlElement]) -> bool:
    """Whether the list, what it stands in, or each item has a class for tags; or a label says so."""
    around = [group, *[above for _, above in zip(range(2), group.iterancestors(), strict=False)], links[0]]
    around += [links[0].getparent(), *links[0][:1]]
    names = (f"{each.get('class', '')} {each.get('id', '')}" for each in around)
    if any(_MAYBE.search(name) is not None and _CALLED.search(name) is not None for name in names):
        return True
    previous = group.getprevious()
    labels = [group.text or "", text_of(group[0])[:60] if len(group) else ""]
    if previous is not None and len(previous) < 5:
        labels.append(text_of(previous)[:60])
    return any(_LABEL.match(label) for label in labels if label)
