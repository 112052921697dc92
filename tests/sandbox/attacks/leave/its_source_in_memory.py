"""Its own source, for the next to read: in a benchmark it may be a right answer."""

right_answer = "candidate-@MARK@"
# %% long
# candidate-@MARK@
# %% next
assert not in_memory("candidate-", MARK), in_memory("candidate-", MARK)
