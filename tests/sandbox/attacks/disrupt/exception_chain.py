"""Raises an exception with a hundred thousand causes."""

error = None
for number in range(100_000):
    fresh = ValueError(number)
    fresh.__cause__ = fresh.__context__ = error
    error = fresh
raise error
