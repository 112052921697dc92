import numpy as np


def largest_along(values: list, axis: int):
    try:
        return np.asarray(values).max(axis=axis).tolist()
    except np.AxisError:
        return None
