"""The text of its tests, their names and what they said, for the next to read."""

# %% test
assert "expected-@MARK@", "message-@MARK@"
# %% next
for what in ("expected-", "message-"):
    assert not in_memory(what, MARK), in_memory(what, MARK)
