"""Ends the process with success in the middle of the test."""

import os


def f(x):
    os._exit(0)
