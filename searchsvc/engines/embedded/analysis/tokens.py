"""Tokens as arrays, one for each property: what the compiled tokenizer gives and kernels take."""

from typing import NamedTuple

from searchsvc.engines.embedded.kernels.arrays import Int64s, Uint32s


class Tokens(NamedTuple):
    """The tokens of a text, or of several texts one after the other: one entry of each array a token."""

    forms: Uint32s  # indices of `Tokenizers.forms`
    positions: Uint32s  # as `analyzer.Token.position`, from 0 in each text
    starts: Uint32s  # the span in the text, in code points
    ends: Uint32s


class TokenBatch(NamedTuple):
    """What an index needs of the tokens of several texts."""

    forms: Uint32s
    positions: Uint32s
    counts: Int64s  # tokens of each text


class TokenMatrix(NamedTuple):
    """The tokens of several texts as one array: its four rows are the arrays of `Tokens`."""

    rows: Uint32s  # 4 x tokens
    counts: Int64s  # tokens of each text
