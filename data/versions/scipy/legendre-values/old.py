from scipy.special import lpn


def legendre_values(degree: int, x: float) -> list[float]:
    values, _ = lpn(degree, x)
    return values.tolist()
