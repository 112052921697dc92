"""What stood in its files, for the next to read."""

assert open("given.txt").read()
# %% next
assert not in_memory("file-", MARK), in_memory("file-", MARK)
