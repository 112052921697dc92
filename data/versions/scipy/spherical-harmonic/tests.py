from cmath import exp
from math import cos, pi, sin, sqrt


def test_constant():
    assert abs(harmonic(0, 0, 1.0, 2.0) - 0.5 / sqrt(pi)) < 1e-9


def test_along_the_axis():
    assert abs(harmonic(1, 0, 0.3, 1.0) - sqrt(3 / (4 * pi)) * cos(0.3)) < 1e-9


def test_order_one():
    wanted = -sqrt(3 / (8 * pi)) * sin(0.3) * exp(1j * 1.2)
    assert abs(harmonic(1, 1, 0.3, 1.2) - wanted) < 1e-9


def test_order_below_degree():
    wanted = -sqrt(15 / (8 * pi)) * sin(0.3) * cos(0.3) * exp(1j * 1.2)
    assert abs(harmonic(2, 1, 0.3, 1.2) - wanted) < 1e-9
