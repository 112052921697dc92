import numpy as np
from numpy.lib.array_utils import byte_bounds


def extent(array: np.ndarray) -> int:
    low, high = byte_bounds(array)
    return high - low
