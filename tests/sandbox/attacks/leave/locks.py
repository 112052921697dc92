"""Locks on files that every program has."""

held = os.open("/etc/passwd", os.O_RDONLY)
fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
if not os.fork():
    import time

    time.sleep(600)
# %% next
fcntl.flock(os.open("/etc/passwd", os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
