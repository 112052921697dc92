"""Recursion in C until the stack is used up."""

import sys

sys.setrecursionlimit(1 << 30)


class Deep:
    def __getattr__(self, name):
        return getattr(self, name)


value = Deep().x
