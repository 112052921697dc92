def test_real_numbers():
    assert as_real([1, 2.5]) == [1.0, 2.5]


def test_complex_numbers():
    assert as_real([1 + 2j, 3]) is None


def test_nothing_stays_an_error():
    import warnings

    as_real([1j])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        import numpy

        numpy.array([1j]).astype(float)
    assert len(caught) == 1
