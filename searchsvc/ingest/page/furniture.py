"""Furniture: the lines of a page that belong to the house and not to the story, by the words that they use.

Words only, of the languages whose papers we know best; where a line stands is for `story` to weigh.

>>> is_furniture("Share this on Facebook"), is_furniture("He shares the house with a cat."), ends_story("Related Articles")
(True, False, True)
"""

import re

# A line that begins like this and is short is a button, a label or a notice.
_SHORT = re.compile(
    r"(?:share|tweet|e-?mail|print|pin it|whatsapp|facebook|twitter|instagram|linkedin|pinterest|reddit|telegram|youtube|"
    r"flipboard|tiktok|threads|bluesky|mastodon|rss|copy (?:link|url)|link copied|save|bookmark|gift this|follow|like us|join|"
    r"subscribe|sign (?:up|in|out)|log ?(?:in|out)|register|my account|menu|search|home(?:page)?|skip to|jump to|"
    r"back to (?:top|home|article)|"
    r"close|open|toggle|hide|show (?:more|less|all)|load(?:ing)?|view (?:all|more|comments|gallery|\d+)|see (?:all|more)|click here|"
    r"tap here|read (?:more|next|also|full)|continue reading|more (?:on|from|in|about|news|stories)|also read|"
    r"watch(?: (?:now|live|more|the video))?:?|listen(?: to)?|play(?: video)?|video|audio|photos?|gallery|image|picture|live|"
    r"advert(?:isement)?s?|ads?|sponsored|promoted|ad feedback|story continues|article continues|scroll|swipe|"
    r"next(?: (?:up|post|article|story))?|prev(?:ious)?(?: (?:post|article|story))?|comments?|leave a (?:comment|reply)|reply|"
    r"replies|report|upvote|rating|rate this|votes?|"
    r"font size|text size|translate|language|select|enter|submit|download|get (?:the app|our app|alerts)|"
    r"news ?letters?|breaking news|latest|trending|popular|most (?:read|viewed|popular|shared)|top stories|headlines|"
    r"recommended|related|you may (?:also )?(?:like|be interested)|you might|don.t miss|editor.?s.? picks?|"
    r"about(?: us)?|contact|privacy|terms|cookies?|copyright|©|all rights|powered by|tags?|topics?|filed under|categories|"
    r"published|posted|updated|last (?:updated|modified)|first published|created|by line|written by|"
    r"\d+ (?:min(?:ute)?s? read|comments?|shares?|views?|likes?|votes?)|\d+ ?(?:m|h|d|min|mins|hours?|days?|weeks?|months?|years?)"
    r"(?: ago)?$|"
    r"partager|s.abonner|abonn|lire (?:aussi|plus)|à lire|publicité|commentaires?|connexion|accueil|"
    r"teilen|drucken|anmelden|abonnieren|kommentare?|anzeige|werbung|startseite|mehr zum thema|lesen sie|"
    r"compartir|suscr|iniciar sesi|publicidad|comentarios?|leer más|inicio|"
    r"condividi|abbonati|pubblicità|commenti|leggi (?:anche|di più)|compartilh|assin|leia (?:mais|também)|"
    r"delen|reageer|lees (?:ook|meer))(?![^\W_])",
    re.IGNORECASE,
)
MOST_WORDS_SHORT = 9

# Notices that may be long.
_LONG = re.compile(
    r"\b(?:we use cookies|uses? cookies|accept (?:all )?cookies|cookie (?:policy|settings)|privacy (?:policy|notice)|"
    r"terms (?:of (?:use|service)|and conditions|& conditions)|all rights reserved|copyright ©|©|\(c\) ?(?:19|20)\d\d|"
    r"may not be (?:published|reproduced|copied)|without (?:the )?(?:prior|express)[\w ,]*permission|"
    r"sign up (?:for|to) (?:our|the|a|receive|get|[\w ]{0,30}newsletter)|subscribe (?:to|now|today|for)|"
    r"(?:daily|weekly|our|free|email) newsletters?|enter your e-?mail|your e-?mail address|"
    r"follow (?:us|him|her|me|[\w ]{3,30}) on (?:twitter|facebook|instagram|x|social|google)|like us on|join (?:us|our) |"
    r"click here (?:to|for)|download (?:the|our) app|get the (?:latest|best|day.s)|delivered (?:straight )?to your|"
    r"support (?:our|independent) journalism|become a (?:member|subscriber|supporter)|make a (?:donation|contribution)|"
    r"(?:javascript|ad ?blocker) |your browser|please (?:enable|log in|login|sign in|try again|confirm|whitelist)|"
    r"affiliate (?:links?|commission)|earn (?:a |an )?(?:\w+ )?commission|"
    r"comments? (?:are|is|have been) (?:closed|moderated|disabled|subject)|commenting|leave a (?:comment|reply)|post a comment|"
    r"required fields|will not be published|notify me of|this site is protected|recaptcha|"
    r"letter to the editor|send us (?:a |an |your )|contact us|got a (?:tip|story)|have a (?:tip|story)|"
    r"nous utilisons des cookies|tous droits réservés|alle rechte vorbehalten|todos los derechos|tutti i diritti|"
    r"todos os direitos|alle rechten voorbehouden)",
    re.IGNORECASE,
)
MOST_WORDS_LONG = 60

# What stands under or over a picture.
_CAPTION = re.compile(
    r"(?:\((?:photo|image|picture|file|ap photo|reuters/|getty|afp)[^()]*\)\.?$|"
    r"\b(?:photo(?:graph)?s?|image|picture|pic|foto|credit|crédit|illustration|photographer|videographer)\s?(?:credits?)?\s?(?:by|courtesy|:|/|©|—|-|–)\s?[^.]{2,60}\.?$|"
    r"^(?:photo(?:graph)?s?|image|picture|credit|caption|source image|file photo|foto|video|enlarge|toggle caption)(?: credit)?\s?(?::|by\b|/|/)|"
    r"(?:getty images|ap photo|afp photo|/ ?afp|/ ?reuters|/ ?getty|/ ?ap|shutterstock|alamy|via ap|epa-efe|pa wire|zuma press|istock\w*|unsplash|wikimedia commons)\W{0,3}$|"
    r"^\((?:ap|reuters|afp|getty|file|photo|image)\b|— (?:picture|file picture|photo) (?:by|via|from|courtesy))",
    re.IGNORECASE,
)

# Headings below which no story goes on.
_END = re.compile(
    r"(?:(?:related|recommended|more|other|popular|trending|latest|similar|top|featured|recent|further|read|most|also|next|"
    r"hot|today.s|local|sponsored|promoted|suggested|must|our|all|editor.?s.?) (?:\w+ ){0,3}"
    r"(?:articles?|stories|story|news|posts?|content|coverage|reading|read|reads|topics?|links?|videos?|headlines|items|picks?|"
    r"viewed|popular|shared|commented|comments|recent|discussed|on this (?:topic|story)|like this|from \w+)|"
    r"comments?(?: \(?\d+\)?| section| policy| are closed| closed)?|\(?\d+\)? (?:comments?|responses?|thoughts? on .*|replies)|"
    r"(?:view|show|hide|read|post|load|see) (?:the |all )?(?:\d+ )?comments|join the (?:conversation|discussion|debate)|"
    r"leave a (?:comment|reply)|post a (?:comment|reply)|add (?:a |your )?comment|top rated comments|"
    r"you (?:may|might|could) (?:also )?(?:like|be interested|enjoy|have missed)(?: in)?(?:\W.*)?|"
    r"(?:most|more) (?:read|popular|viewed|shared|recent|news|stories|from .*|on .*|in .*|about .*|by .*|headlines|to read|to explore|like this)|"
    r"read (?:next|more|also)|up next|next up(?: in .*)?|what to read next|keep reading|don.t miss|see also|also (?:on|in|read).*|"
    r"(?:trending|recommended|related|sponsored|promoted|advertisement|popular|latest|newsletters?|tags?|topics?|related topics?|"
    r"related tags|categories|references|footnotes|endnotes|notes|navigation|sections|company|legal|follow us|stay connected|"
    r"keep in touch|contact us|site map|sitemap|archives?|sources|further reading|about the authors?|about us|"
    r"author|(?:article |author )?information|rights and permissions|share this(?: article| story| post)?.*|"
    r"more in .*|explore more|explore .*|around the web|from (?:the|our|around) .*|partner (?:content|offers)|"
    r"paid (?:post|content)|just in|breaking news|editor.?s.? picks?|the latest|top stories|news in pictures|live updates?)"
    r"(?: for you)?|"
    r"tags? ?[:|].*|filed under ?:?.*|posted in .*|topics ?:.*|keywords ?:.*|more .{1,40} (?:stories|news|articles|headlines)|"
    r"copyright .*|© .*|\(c\) ?\d.*|all rights reserved.*|"
    r"sur le même sujet|à lire aussi|lire aussi|articles liés|commentaires|mehr zum thema|das könnte sie auch interessieren|kommentare|"
    r"lea también|noticias relacionadas|te puede interesar|comentarios|leggi anche|articoli correlati|leia também|"
    r"notícias relacionadas|veja também|lees ook|reacties)\W*",
    re.IGNORECASE,
)
MOST_WORDS_HEADING = 14


def is_furniture(text: str) -> bool:
    """Whether the line is a button, a label, a notice of the house or the credit of a picture."""
    words = text.count(" ") + 1
    if words <= MOST_WORDS_SHORT and _SHORT.match(text) is not None and text[-1:] not in '.!?”"':
        return True
    return words <= MOST_WORDS_LONG and _LONG.search(text) is not None


def is_caption(text: str) -> bool:
    """Whether the line is the caption or the credit of a picture."""
    return text.count(" ") < MOST_WORDS_LONG and _CAPTION.search(text) is not None


def ends_story(text: str) -> bool:
    """Whether the line is a heading below which no story goes on."""
    return text.count(" ") < MOST_WORDS_HEADING and len(text) < 200 and _END.fullmatch(text) is not None
