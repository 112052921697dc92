from numpy.lib.array_utils import byte_bounds

import numpy as np


def extent(array: np.ndarray) -> int:
    low, high = byte_bounds(array)
    return high - low
