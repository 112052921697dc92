"""Has the loader find hundreds of thousands of tests, each of which is told to the supervisor."""

import unittest


class Easy(unittest.TestCase):
    _testMethodName = "test_a"

    def __init__(self):
        pass

    def countTestCases(self):
        return 1

    def run(self, result):
        while True:
            result.startTest(self)
            result.stopTest(self)

    __call__ = run


unittest.TestLoader.loadTestsFromModule = lambda self, module, *rest, **named: Easy()


def f(x):
    return None
