"""Fills memory object by object."""

held = []
while True:
    held.append(b"x" * (8 << 20))
# %% outcome
memory
