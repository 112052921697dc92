"""Becomes another user or group."""

assert os.getuid() == os.geteuid() != 0 and os.getgid() == os.getegid() != 0
for action in (os.setuid, os.seteuid, os.setgid, os.setegid):
    refused(action, 0)
    refused(action, os.getuid() + 1)
refused(os.setgroups, [0])
refused(os.setresuid, 0, 0, 0)
assert os.getgroups() in ([], [os.getgid()], [65534]), os.getgroups()
