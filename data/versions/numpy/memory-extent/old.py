import numpy as np


def extent(array: np.ndarray) -> int:
    low, high = np.byte_bounds(array)
    return high - low
