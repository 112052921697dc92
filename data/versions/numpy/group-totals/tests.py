import numpy


def test_square():
    found = group_totals(numpy.array([[1, 2], [2, 1]]), numpy.array([[1.0, 10.0], [20.0, 4.0]]))
    assert found.tolist() == [[5.0, 30.0], [30.0, 5.0]]


def test_wide():
    found = group_totals(numpy.array([[7, 7, 9]]), numpy.array([[1, 2, 3]]))
    assert found.shape == (1, 3)
    assert found.tolist() == [[3.0, 3.0, 3.0]]


def test_text_labels():
    labels = numpy.array([["b"], ["a"], ["b"]])
    assert group_totals(labels, numpy.ones((3, 1))).tolist() == [[2.0], [1.0], [2.0]]
