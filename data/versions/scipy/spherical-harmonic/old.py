from scipy.special import sph_harm


def harmonic(degree: int, order: int, polar: float, azimuth: float) -> complex:
    return complex(sph_harm(order, degree, azimuth, polar))
