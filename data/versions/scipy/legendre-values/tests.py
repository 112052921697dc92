def near(found, wanted):
    return len(found) == len(wanted) and all(abs(a - b) < 1e-12 for a, b in zip(found, wanted))


def test_at_a_half():
    assert near(legendre_values(3, 0.5), [1, 0.5, -0.125, -0.4375])


def test_at_one():
    assert near(legendre_values(4, 1.0), [1, 1, 1, 1, 1])


def test_at_minus_one():
    assert near(legendre_values(2, -1.0), [1, -1, 1])
