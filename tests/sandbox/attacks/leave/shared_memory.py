"""Shared memory of POSIX, which is a file."""

open("/dev/shm/left", "w").close()
# %% next
assert os.listdir("/dev/shm") == []
