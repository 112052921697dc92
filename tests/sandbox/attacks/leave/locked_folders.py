"""Folders that nobody may enter, with files in them that nobody may delete."""

for place in ("/tmp", "/dev/shm"):
    os.makedirs(place + "/a/b/c")
    open(place + "/a/b/c/file", "w").close()
    for path in ("a/b/c/file", "a/b/c", "a/b", "a"):
        os.chmod(place + "/" + path, 0)
# %% next
assert os.listdir("/tmp") == ["work"] and os.listdir("/dev/shm") == []
