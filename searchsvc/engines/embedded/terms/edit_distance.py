"""Edit distance: the optimal string alignment distance of two words, bit-parallel.

A column of the table of distances is kept as bits, one for each position of the first word (Hyyrö, "A bit-vector
algorithm for computing Levenshtein and Damerau edit distances", Nordic Journal of Computing 10, 2003). The plain twin
is `text.distance`.

Not for choosing which words to compare (`fuzzy_kernels`).
"""

import numpy as np

from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.arrays import Uint32s, Uint64s
from searchsvc.engines.embedded.kernels.jit import part, whole

MAX_LETTERS = 64  # of the first word: the bits of a column
ASCII = 128  # characters below have their positions in a table


@part
def position_masks(word: Uint32s) -> Uint64s:
    """For each ASCII character, the positions of a word (code points) at which it stands: bit i for position i."""
    masks = np.zeros(ASCII, np.uint64)
    for i in range(word.size):
        if word[i] < masks.size:
            masks[word[i]] |= np.uint64(1) << np.uint64(i)
    return masks


@part
def osa_distance(word: Uint32s, masks: Uint64s, other: Uint32s, other_size: int) -> int:
    """The distance of a word of 1 to MAX_LETTERS code points and the first `other_size` of `other`.

    `masks` are the word's `position_masks`. `rises` and `falls` say at which positions the current column's distance is
    one more, and one less, than at the position before; `diagonal` where it equals that of both words one letter
    shorter. In the paper they are VP, VN and D0, and the horizontal differences HP and HN.
    """
    rises, falls = ~np.uint64(0), np.uint64(0)
    diagonal = np.uint64(0)
    previous_mask = np.uint64(0)
    last = np.uint64(1) << np.uint64(word.size - 1)
    distance = word.size
    for j in range(other_size):
        point = other[j]
        mask = np.uint64(0)
        if point < masks.size:
            mask = masks[point]
        else:
            for i in range(word.size):
                if word[i] == point:
                    mask |= np.uint64(1) << np.uint64(i)
        swapped = ((~diagonal & mask) << np.uint64(1)) & previous_mask
        diagonal = (((mask & rises) + rises) ^ rises) | mask | falls | swapped
        rises_across = falls | ~(diagonal | rises)
        falls_across = diagonal & rises
        distance += (rises_across & last) != 0
        distance -= (falls_across & last) != 0
        rises_across = rises_across << np.uint64(1) | np.uint64(1)
        rises = falls_across << np.uint64(1) | ~(diagonal | rises_across)
        falls = rises_across & diagonal
        previous_mask = mask
    return distance


@part
def decode_utf8(letters: Bytes, start: int, end: int, points: Uint32s) -> int:
    """Write the code points of `letters[start:end]` into `points`, which has room for `end - start`; how many.

    Surrogates are decoded as well.
    """
    count = 0
    point = 0
    for i in range(start, end):
        byte = whole(letters[i])
        if byte < 0x80:
            point = byte
        elif byte < 0xC0:
            point = point << 6 | byte & 0x3F
        else:
            point = byte & (0x1F if byte < 0xE0 else 0x0F if byte < 0xF0 else 0x07)
        if i + 1 == end or letters[i + 1] & 0xC0 != 0x80:
            points[count] = point
            count += 1
    return count
