"""One allocation that no machine has."""

bytearray(1 << 45)
# %% outcome
memory
