"""Makes others the first to go when memory runs out."""

assert int(open("/proc/self/oom_score_adj").read()) == 1000
try:
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("-1000")
except OSError:
    pass
assert int(open("/proc/self/oom_score_adj").read()) >= 0
