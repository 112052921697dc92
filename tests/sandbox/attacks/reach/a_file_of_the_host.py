"""Reads files of whoever runs the sandbox."""

for path in (
    SECRET,
    "/etc/shadow",
    "/etc/gshadow",
    "/root/.ssh",
    "/root/.bash_history",
    "/etc/sudoers",
):
    refused(open, path)
