"""Which of several codes agrees most with the others and with tests that may be wrong too.

After ConAIR (Dong et al. 2024, arXiv 2411.15587): a code is the better the more tests it passes
(between codes and tests) and the more codes behave as it does (among codes). A test counts by
the share of codes that pass it, so that codes and tests bear each other out; the two sides are
multiplied, as in CodeT (Chen et al. 2022, arXiv 2207.10397).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

__all__ = ["most_disputed", "ranking", "scores"]

#: What one code passed: the numbers of tests.
Passed = frozenset[int]


def scores(passed: Sequence[Passed], tests: Collection[int]) -> list[float]:
    """The agreement of each code, by the ``tests`` that still count."""
    behaviours = [own & frozenset(tests) for own in passed]
    alike = Counter(behaviours)
    weight = {test: sum(test in own for own in behaviours) / len(passed) for test in tests}
    return [alike[own] * sum(weight[test] for test in sorted(own)) for own in behaviours]


def ranking(
    passed: Sequence[Passed], tests: Collection[int], right: Collection[int] = ()
) -> list[int]:
    """The codes, best first; those that fail a test known to be ``right`` come last. What is
    equally good keeps its order."""
    found = scores(passed, tests)
    failed = [sum(test not in own for test in right) for own in passed]
    return sorted(range(len(passed)), key=lambda code: (failed[code], -found[code], code))


def most_disputed(passed: Sequence[Passed], tests: Collection[int]) -> int | None:
    """The test about which the codes are divided most evenly; None where they are one."""
    counts = {test: sum(test in own for own in passed) for test in sorted(tests)}
    disputed = [test for test, count in counts.items() if 0 < count < len(passed)]
    return min(disputed, key=lambda test: abs(2 * counts[test] - len(passed)), default=None)
