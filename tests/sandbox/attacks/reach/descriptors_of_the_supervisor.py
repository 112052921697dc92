"""Takes descriptors of process 1 by its pidfd, and compares its memory with one's own."""

descriptor = syscall(434, 434, 1, 0)  # pidfd_open
if descriptor >= 0:
    for number in range(10):
        assert syscall(438, 438, descriptor, number, 0) == -1  # pidfd_getfd
    assert syscall(440, 440, descriptor, 0, 0, 4, 0) == -1  # process_madvise
    assert syscall(424, 424, descriptor, 9, 0, 0) == -1 or os.kill(1, 0) is None  # it is alive
for kind in range(6):
    assert syscall(312, 272, os.getpid(), 1, kind, 0, 0) == -1  # kcmp
