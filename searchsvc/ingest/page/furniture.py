"""Furniture: the lines of a page that belong to the house and not to the story, by the words that they use.

Words only, of the languages whose papers we know best; where a line stands is for `story` to weigh.

>>> is_furniture("Share this on Facebook"), is_furniture("He shares the house with a cat.")
(True, False)
>>> how_it_ends("Comments (12)"), how_it_ends("Related"), how_it_ends("The comments of the minister")
(<Ending.READERS: 'readers'>, <Ending.PAUSE: 'pause'>, <Ending.NONE: 'none'>)
"""

import re
from enum import StrEnum


class Ending(StrEnum):
    """What a heading says of the story above it."""

    NONE = "none"
    PAUSE = "pause"  # a box of links: the story may go on below
    END = "end"  # the story is over, most often
    READERS = "readers"  # it is over, and readers speak


def _any(*words: str) -> str:
    return "|".join(words)


# A line that begins like this and is short is a button, a label or a notice.
_SHORT = re.compile(
    "(?:"
    + _any(
        "share|tweet|e-?mail|print|pin it|whatsapp|facebook|twitter|instagram|linkedin|pinterest|reddit|telegram",
        "youtube|flipboard|tiktok|threads|bluesky|mastodon|rss|copy (?:link|url)|link copied|save|bookmark",
        "gift this|follow|like us|join|subscribe|sign (?:up|in|out)|log ?(?:in|out)|register|my account|menu|search",
        "home(?:page)?|skip to|jump to|back to (?:top|home|article)|close|open|toggle|hide|show (?:more|less|all)",
        r"load(?:ing)?|view (?:all|more|comments|gallery|\d+)|see (?:all|more)|click here|tap here",
        "read (?:more|next|also|full)|continue reading|more (?:on|from|in|about|news|stories)|also read",
        "watch(?: (?:now|live|more|the video))?:?|listen(?: to)?|play(?: video)?|video|audio|photos?|gallery|image",
        "picture|live|advert(?:isement)?s?|ads?|sponsored|promoted|ad feedback|story continues|article continues",
        "scroll|swipe|next(?: (?:up|post|article|story))?|prev(?:ious)?(?: (?:post|article|story))?|comments?",
        "leave a (?:comment|reply)|post a comment|reply|replies|report|upvote|rating|rate this|votes?|font size",
        "text size|translate|language|select|enter|submit|download|get (?:the app|our app|alerts)|news ?letters?",
        "breaking news|latest|trending|popular|most (?:read|viewed|popular|shared)|top stories|headlines",
        "recommended|related|you may (?:also )?(?:like|be interested)|you might|don.t miss|editor.?s.? picks?",
        "about(?: us)?|contact|privacy|terms|cookies?|copyright|©|all rights|powered by|tags?|topics?|filed under",
        "categories|published|posted|updated|last (?:updated|modified)|first published|created|by line|written by",
        r"\d+ (?:min(?:ute)?s? read|comments?|shares?|views?|likes?|votes?)",
        r"\d+ ?(?:m|h|d|min|mins|hours?|days?|weeks?|months?|years?)(?: ago)?$",
        "partager|s.abonner|abonn|lire (?:aussi|plus)|à lire|publicité|commentaires?|connexion|accueil",
        "teilen|drucken|anmelden|abonnieren|kommentare?|anzeige|werbung|startseite|mehr zum thema|lesen sie",
        "compartir|suscr|iniciar sesi|publicidad|comentarios?|leer más|inicio|voltar|categorias|arquivos?",
        "condividi|abbonati|pubblicità|commenti|leggi (?:anche|di più)|compartilh|assin|leia (?:mais|também)",
        "delen|reageer|lees (?:ook|meer)",
    )
    + r")(?![^\W_])",
    re.IGNORECASE,
)
MOST_WORDS_SHORT = 9

# Notices, which may be long.
_LONG = re.compile(
    r"\b(?:"
    + _any(
        "we use cookies|uses? cookies|accept (?:all )?cookies|cookie (?:policy|settings)|privacy (?:policy|notice)",
        "terms (?:of (?:use|service)|and conditions|& conditions)|all rights reserved|copyright ©|©",
        r"\(c\) ?(?:19|20)\d\d|may not be (?:published|reproduced|copied)",
        r"without (?:the )?(?:prior|express)[\w ,]*permission",
        r"sign up (?:for|to) (?:our|the|a|receive|get|[\w ]{0,30}newsletter)|subscribe (?:to|now|today|for)",
        "(?:daily|weekly|our|free|email) newsletters?|enter your e-?mail|your e-?mail address",
        r"follow (?:us|him|her|me|[\w ]{3,30}) on (?:twitter|facebook|instagram|x|social|google)",
        "like us on|join (?:us on|our) |click here (?:to|for)|download (?:the|our) app|get the (?:best|day.s) ",
        "delivered (?:straight )?to your|support (?:our|independent) journalism",
        "become a (?:member|subscriber|supporter)|make a (?:donation|contribution)",
        "javascript|ad ?blocker|your browser (?:does|is|must)",
        "please (?:enable|log in|login|sign in|try again|whitelist)",
        r"affiliate (?:links?|commission)|earn (?:a |an )?(?:\w+ )?commission",
        "comments? (?:are|is|have been) (?:closed|moderated|disabled|subject)|leave a (?:comment|reply)",
        "post a comment|required fields|will not be published|notify me of|this site is protected|recaptcha",
        r"letter to the editor|contact us|got a (?:tip|story)|have a (?:tip|story)",
        "nous utilisons des cookies|tous droits réservés|alle rechte vorbehalten|todos los derechos",
        "tutti i diritti|todos os direitos|alle rechten voorbehouden",
    )
    + r")",
    re.IGNORECASE,
)
MOST_WORDS_LONG = 35
MOST_CHARACTERS = 600  # of any line of furniture

# What stands under or over a picture.
_AGENCIES = (
    "getty images|ap photo|afp photo|/ ?afp|/ ?reuters|/ ?getty|/ ?ap|shutterstock|alamy|via ap|epa-efe|pa wire|"
    r"zuma press|istock\w*|unsplash|wikimedia commons"
)
_PICTURE = "photo(?:graph)?s?|image|picture|pic|foto|credit|crédit|illustration|photographer|videographer"
_CAPTION = re.compile(
    "(?:"
    + _any(
        r"\((?:photo|image|picture|file|ap photo|reuters/|getty|afp)[^()]*\)\.?$",
        rf"\b(?:{_PICTURE})\s?(?:credits?)?\s?(?:by|courtesy|:|/|©|—|-|–)\s?[^.]{{2,60}}\.?$",
        "^(?:photo(?:graph)?s?|image|picture|credit|caption|source image|file photo|foto|video|enlarge"
        r"|toggle caption)(?: credit)?\s?(?::|by\b|/|/)",
        rf"(?:{_AGENCIES})\W{{0,3}}$",
        r"^\((?:ap|reuters|afp|getty|file|photo|image)\b",
        "— (?:picture|file picture|photo) (?:by|via|from|courtesy)",
    )
    + r")",
    re.IGNORECASE,
)

_PIECES = (
    "articles?|stories|story|news|posts?|content|coverage|reading|read|reads|topics?|links?|videos?|headlines|items|"
    r"picks?|viewed|popular|shared|commented|comments|recent|discussed|on this (?:topic|story)|like this|from \w+"
)

# Headings of a box that may stand in the middle of a story.
_PAUSE = re.compile(
    "(?:"
    + _any(
        rf"(?:related|recommended|similar|read|see) (?:\w+ ){{0,3}}(?:{_PIECES})",
        "related|recommended|sponsored|promoted|advertisement|newsletters?|trending|see also|read (?:next|more|also)",
        r"also (?:on|in|read).*|don.t miss|live updates?|share this(?: article| story| post)?(?: on \w+)?",
        "sections?|information|breaking news|notes|sources|sur le même sujet|à lire aussi|lire aussi|mehr zum thema",
        "leggi anche|leia também|veja também|lees ook|lea también|te puede interesar",
    )
    + r")(?: for you)?\W*",
    re.IGNORECASE,
)

# Headings below which readers speak.
_READERS = re.compile(
    "(?:"
    + _any(
        r"comments?(?: \(?\d+\)?| section| policy| are closed| closed)?|\(?\d+\)? (?:comments?|responses?|replies)",
        r"\[? ?\d+ comments? ?\]?|\d+ thoughts? on .*|(?:top|best) rated comments",
        r"(?:view|show|hide|read|post|load|see) (?:the |all )?(?:\d+ )?comments",
        "join the (?:conversation|discussion|debate)",
        "(?:leave|post) a (?:comment|reply)|add (?:a |your )?comment",
        "commentaires|kommentare|comentarios|comentários|reacties|commenti",
    )
    + r")\W*",
    re.IGNORECASE,
)

# Headings below which a story seldom goes on.
_END = re.compile(
    "(?:"
    + _any(
        rf"(?:more|other|popular|trending|latest|top|featured|recent|further|most|also|next|hot|today.s|local|sponsored"
        rf"|promoted|suggested|must|our|all|editor.?s.?) (?:\w+ ){{0,3}}(?:{_PIECES})",
        rf"(?:related|recommended) (?:{_PIECES})",
        r"you (?:may|might|could) (?:also )?(?:like|be interested|enjoy|have missed)(?: in)?(?:\W.*)?",
        "(?:most|more) (?:read|popular|viewed|shared|recent|news|stories|from .*|on .*|in .*|about .*|by .*|headlines"
        "|to read|to explore|like this)",
        "up next|next up(?: in .*)?|what to read next|keep reading|popular|latest|tags?|topics?|related topics?",
        "related tags|categories|references|footnotes|endnotes|follow us|stay connected|keep in touch|contact us",
        "site ?map|archives?|further reading|about the authors?|about us|author|(?:article|author) information",
        "rights and permissions|explore more|around the web|from (?:the|our|around) .*|partner (?:content|offers)",
        "paid (?:post|content)|just in|editor.?s.? picks?|the latest|top stories|news in pictures",
        r"tags? ?[:|].*|filed under ?:?.*|posted in .*|topics ?:.*|keywords ?:.*",
        "more .{1,40} (?:stories|news|articles|headlines)",
        r"copyright .*|© .*|\(c\) ?\d.*|all rights reserved.*",
        "articles liés|das könnte sie auch interessieren|noticias relacionadas",
        r"articoli correlati|notícias relacionadas|você pode gostar.*|mots[- ]clés ?:.*|etiquetas ?:.*",
    )
    + r")(?: for you)?\W*",
    re.IGNORECASE,
)
MOST_WORDS_HEADING = 14


def is_furniture(text: str) -> bool:
    """Whether the line is a button, a label or a notice of the house."""
    words = text.count(" ") + 1
    if len(text) > MOST_CHARACTERS:
        return False
    if words <= MOST_WORDS_SHORT and _SHORT.match(text) is not None and text[-1:] not in '.!?”"':
        return True
    return words <= MOST_WORDS_LONG and _LONG.search(text) is not None


def is_caption(text: str) -> bool:
    """Whether the line is the caption or the credit of a picture."""
    return len(text) <= MOST_CHARACTERS and text.count(" ") < 60 and _CAPTION.search(text) is not None


def how_it_ends(text: str) -> Ending:
    """What the line, as a heading, says of the story above it."""
    if text.count(" ") >= MOST_WORDS_HEADING or len(text) > 200:
        return Ending.NONE
    if _READERS.fullmatch(text) is not None:
        return Ending.READERS
    if _END.fullmatch(text) is not None:
        return Ending.END
    return Ending.PAUSE if _PAUSE.fullmatch(text) is not None else Ending.NONE


def ends_story(text: str) -> bool:
    """Whether the line is such a heading of either kind."""
    return how_it_ends(text) is not Ending.NONE
