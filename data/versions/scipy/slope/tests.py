import numpy


def test_parabola():
    assert abs(slope(lambda x: x**2, 3.0) - 6) < 1e-6


def test_sine():
    assert abs(slope(numpy.sin, 0.5) - numpy.cos(0.5)) < 1e-6


def test_falling():
    assert abs(slope(lambda x: 1 / x, 2.0) + 0.25) < 1e-6
