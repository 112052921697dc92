"""Looks into homes, mounts and the configuration of the host."""

for folder in (
    "/root",
    "/home",
    "/mnt",
    "/media",
    "/var",
    "/run",
    "/srv",
    "/boot",
    "/opt",
    "/work",
):
    try:
        found = os.listdir(folder)
    except OSError:
        continue
    readable = [name for name in found if os.access(os.path.join(folder, name), os.R_OK)]
    kept = {"python", "versions", ".pyenv", "lock", "lib", "log", "mail", "cache", "backups", "local",
            "opt", "spool", "tmp", "run"}  # fmt: skip
    assert folder in ("/var", "/opt") or set(readable) <= kept, (folder, readable)
