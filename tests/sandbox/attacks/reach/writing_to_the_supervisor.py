"""Writes what process 1 has under /proc: its memory, its name, its standing with the memory killer."""

for name in ("mem", "comm", "oom_score_adj", "oom_adj", "coredump_filter", "clear_refs", "autogroup", "sched", "uid_map",
             "setgroups", "timerslack_ns", "attr/current", "loginuid", "make-it-fail"):  # fmt: skip
    path = "/proc/1/" + name
    if os.path.exists(path):
        try:
            file = open(path, "wb", 0)
            file.write(b"0")
        except OSError:
            continue
        raise AssertionError(name)
