"""Shared memory, semaphores and messages of System V."""

libc.shmget(77, 4096, 0o1666)
libc.semget(77, 1, 0o1666)
libc.msgget(77, 0o1666)
# %% next
assert libc.shmget(77, 0, 0) == libc.semget(77, 0, 0) == libc.msgget(77, 0) == -1
