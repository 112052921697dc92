import numpy


def test_small():
    found = solve(numpy.array([[4.0, 1.0], [1.0, 3.0]]), numpy.array([1.0, 2.0]))
    assert numpy.allclose(found, [1 / 11, 7 / 11], rtol=1e-9)


def test_precise():
    n = 30
    matrix = 2 * numpy.eye(n) - numpy.eye(n, k=1) - numpy.eye(n, k=-1)
    b = numpy.arange(1.0, n + 1)
    residual = numpy.linalg.norm(matrix @ solve(matrix, b) - b)
    assert residual < 1e-8 * numpy.linalg.norm(b)
