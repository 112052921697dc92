"""One allocation that no machine has, and a number as large."""

10 ** (10**12)
bytearray(1 << 45)
