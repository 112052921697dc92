"""Calls that are much attack surface, or hold memory that no limit counts."""

for name, numbers, arguments in (
    ("io_uring_setup", (425, 425), (8, id(bytearray(256)))),
    ("bpf", (321, 280), (0, 0, 0)),
    ("perf_event_open", (298, 241), (0, 0, -1, -1, 0)),
    ("userfaultfd", (323, 282), (0,)),
    ("userfaultfd of its own faults", (323, 282), (1,)),
    ("memfd_secret", (447, 447), (0,)),
    ("add_key", (248, 217), (0, 0, 0, 0, 0)),
    ("keyctl", (250, 219), (0, -3, 1)),
    ("kexec_load", (246, 104), (0, 0, 0, 0)),
    ("init_module", (175, 105), (0, 0, 0)),
    ("finit_module", (313, 273), (0, 0, 0)),
    ("swapon", (167, 224), (0, 0)),
    ("reboot", (169, 142), (0xFEE1DEAD, 0x28121969, 0x89ABCDEF, 0)),
    ("acct", (163, 89), (0,)),
    ("vhangup", (153, 58), ()),
    ("syslog", (103, 116), (10, 0, 0)),
    ("syslog, all of it", (103, 116), (3, id(bytearray(64)), 64)),
    ("fanotify_init", (300, 262), (4, 0)),
    ("settimeofday", (164, 170), (id(bytearray(16)), 0)),
    ("sethostname", (170, 161), (id(b"x"), 1)),
):
    if syscall(*numbers, *arguments) != -1:
        raise AssertionError(name)
