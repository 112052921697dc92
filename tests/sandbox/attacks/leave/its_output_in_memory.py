"""What it wrote, for the next to read."""

print("output-@MARK@", flush=True)
# %% next
assert not in_memory("output-", MARK), in_memory("output-", MARK)
