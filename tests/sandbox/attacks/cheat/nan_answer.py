"""Answers with a number that compares oddly."""


def f(x):
    return float("nan")
