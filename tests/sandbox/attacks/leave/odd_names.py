"""Files with names that are no text, look like options, or have lines."""

for name in (
    b"\xff\xfe",
    b"new\nline",
    b"-rf",
    b"--",
    b"*",
    b" ",
    b"a" * 255,
    b"\x1b[2J",
    "ü\u202e".encode(),
):
    os.mkdir(b"/tmp/" + name)
    open(b"/tmp/" + name + b"/" + name, "w").close()
    open(b"/dev/shm/" + name, "w").close()
# %% next
assert os.listdir(b"/tmp") == [b"work"] and os.listdir("/dev/shm") == []
