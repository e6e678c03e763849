"""Texts as nobody types them: any characters, and the pieces of the query language in any order."""

from hypothesis import strategies as st

_PIECES = (
    'a b AND OR NOT - + ( ) " “ ” « » ~ ~2 ~5 * ? : tag: headline: date: foo: 2015 2015-09..2016 -14d U.S. IS , . '
    "\0 \ud800 _ a*b x/y:z* // é strik ~0 ab cd / _ ' ; ✓ ☢ #"
)

ANY_TEXT = st.text(max_size=600) | st.lists(st.sampled_from([*_PIECES.split(" "), " ", " ", " "]), max_size=40).map(
    "".join
)
