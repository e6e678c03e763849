"""Array types of the engine: one name, one dtype.

`Docids` (uint32, ascending) and `Mask` (bool) are those of `docvalues.docset`, `Bytes` (uint8) is that of
`docvalues.storage`.
"""

import numpy as np
from numpy.typing import NDArray

Float64s = NDArray[np.float64]
Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]
Uint8s = NDArray[np.uint8]
Uint32s = NDArray[np.uint32]
Uint64s = NDArray[np.uint64]
