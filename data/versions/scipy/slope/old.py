from scipy.misc import derivative


def slope(f, at: float) -> float:
    return float(derivative(f, at, dx=1e-3, order=7))
