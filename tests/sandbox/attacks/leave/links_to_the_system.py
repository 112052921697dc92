"""Links to folders that must not be emptied in place of the link."""

for number, target in enumerate(
    ("/", "/usr", "/dev/shm", "/proc/self/root", "/proc/1/root", "/tmp", ".", "/worker")
):
    os.symlink(target, "/tmp/%d" % number)
    os.symlink(target, "/dev/shm/%d" % number)
    os.mkdir("/tmp/folder%d" % number)
    os.symlink(target, "/tmp/folder%d/link" % number)
# %% next
assert os.listdir("/tmp") == ["work"] and os.listdir("/dev/shm") == []
assert os.path.exists("/usr/lib") and os.path.exists("/worker/program.py")
