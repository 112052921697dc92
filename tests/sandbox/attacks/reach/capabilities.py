"""Has or takes capabilities."""

status = dict(line.split(":", 1) for line in open("/proc/self/status"))
for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
    assert int(status[name], 16) == 0, (name, status[name])
assert int(status["NoNewPrivs"]) == 1
every = struct.pack("=6I", *(0xFFFFFFFF,) * 6)
assert libc.capset(struct.pack("=Ii", 0x20080522, 0), every) == -1
assert libc.prctl(47, 2, 21, 0, 0) == -1  # raise an ambient one
assert libc.prctl(28, 0x2F, 0, 0, 0) == -1  # securebits
