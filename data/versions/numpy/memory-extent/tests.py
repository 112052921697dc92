import numpy


def test_contiguous():
    assert extent(numpy.zeros(5, dtype=numpy.float64)) == 40


def test_strided():
    assert extent(numpy.zeros(10, dtype=numpy.int32)[::3]) == 40


def test_reversed():
    assert extent(numpy.zeros(6, dtype=numpy.int16)[::-1]) == 12


def test_column():
    assert extent(numpy.zeros((4, 3), dtype=numpy.uint8)[:, 1]) == 10
