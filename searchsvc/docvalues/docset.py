"""Docset: the two representations of a set of documents of one segment.

`Docids` are the document numbers, ascending, each once (uint32); a `Mask` has one flag a document (bool).
"""

import numpy as np
from numpy.typing import NDArray

Docids = NDArray[np.uint32]
Mask = NDArray[np.bool_]
