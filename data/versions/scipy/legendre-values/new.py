from scipy.special import legendre_p_all


def legendre_values(degree: int, x: float) -> list[float]:
    return legendre_p_all(degree, x)[0].tolist()
