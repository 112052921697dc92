"""Answers with data that are too large or too deep to cross."""


def f(x):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    return deep
