import numpy as np


def area(x: list[float], y: list[float]) -> float:
    return float(np.trapezoid(y, x))
