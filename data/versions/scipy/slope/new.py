from scipy.differentiate import derivative


def slope(f, at: float) -> float:
    return float(derivative(f, at).df)
