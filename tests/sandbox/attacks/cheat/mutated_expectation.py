"""Changes in place what the test compares with."""


def f(x):
    x[:] = [0]
    return [0]


# %% test
values = [GIVEN, EXPECTED]
expected = values[1:]
assert f(values) == expected
