"""Looks for the root that was exchanged, by every way that leads out of a folder."""

for path in ("/.outside", "/proc/1/root", "/proc/1/cwd", "/proc/%d/root/.outside" % os.getppid()):
    refused(os.listdir, path)
top = os.stat("/")
for path in ("/..", "/../../..", "/proc/self/root/..", "/tmp/../.."):
    assert os.path.samestat(os.stat(path), top), path
for number in inherited():
    refused(os.listdir, "/proc/self/fd/%d/" % number)
