"""Names for the arrays that compiled code works on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bytes = NDArray[np.int8]
Flags = NDArray[np.bool_]
Random = NDArray[np.uint64]
