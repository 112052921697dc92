"""Memory, environment and descriptors of process 1."""

for name in (
    "mem",
    "environ",
    "maps",
    "smaps",
    "auxv",
    "stack",
    "syscall",
    "pagemap",
    "io",
    "wchan_",
):
    try:
        content = open("/proc/1/" + name, "rb", 0).read(1)
    except OSError:
        continue
    raise AssertionError((name, content))
for name in ("fd", "fdinfo", "map_files", "ns", "task/1/fd"):
    try:
        links = [
            os.readlink("/proc/1/%s/%s" % (name, entry)) for entry in os.listdir("/proc/1/" + name)
        ]
    except OSError:
        continue
    raise AssertionError((name, links))
for name in ("exe", "cwd", "root"):
    refused(os.readlink, "/proc/1/" + name)
