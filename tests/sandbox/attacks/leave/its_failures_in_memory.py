"""The message of a test that failed, for the next to read."""

# %% failing
assert False, "-".join(["told", "@MARK@"])
# %% next
assert not in_memory("told-", MARK), in_memory("told-", MARK)
