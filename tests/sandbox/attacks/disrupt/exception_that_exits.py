"""Raises an exception that ends the process with success when it is told."""

import os


class Odd(Exception):
    def __str__(self):
        os._exit(0)


raise Odd
