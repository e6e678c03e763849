"""Docset: how document numbers of one segment are written down: ascending, each once; or one flag a document."""

import numpy as np
from numpy.typing import NDArray

Docids = NDArray[np.uint32]
Mask = NDArray[np.bool_]
