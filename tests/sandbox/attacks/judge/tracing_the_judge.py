"""From the candidate's process, traces all others, reads their memory and takes their descriptors."""


def f():
    reached = []
    buffer = ctypes.create_string_buffer(64)
    vector = struct.pack("@PN", ctypes.addressof(buffer), 64)
    place = ctypes.cast(ctypes.c_char_p(vector), ctypes.c_void_p).value
    for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
        if pid in (os.getpid(), os.getppid()):
            continue
        for request in (16, 0x4206):
            if libc.ptrace(request, pid, 0, 0) != -1:
                reached.append((pid, "traced"))
        for numbers in ((310, 270), (311, 271)):
            if syscall(*numbers, pid, place, 1, place, 1, 0) != -1:
                reached.append((pid, "memory"))
        descriptor = syscall(434, 434, pid, 0)
        for number in range(10):
            if descriptor >= 0 and syscall(438, 438, descriptor, number, 0) != -1:
                reached.append((pid, "descriptor", number))
    return repr(reached) if reached else ""
