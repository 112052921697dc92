from scipy.special import sph_harm_y


def harmonic(degree: int, order: int, polar: float, azimuth: float) -> complex:
    return complex(sph_harm_y(degree, order, polar, azimuth))
