"""Searches the candidate's memory for the text of the test that a judge runs."""


def f():
    return repr(in_memory("expected-", MARK) or "")[1:-1]


# %% test
text = "expected-@MARK@"
answer = f()
assert answer == "", answer
