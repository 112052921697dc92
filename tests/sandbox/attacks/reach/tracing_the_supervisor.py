"""Traces, reads and writes process 1 by system calls."""

for request in (16, 0x4206):  # ATTACH, SEIZE
    assert libc.ptrace(request, 1, 0, 0) == -1
buffer = ctypes.create_string_buffer(64)
vector = struct.pack("@PN", ctypes.addressof(buffer), 64)
place = ctypes.cast(ctypes.c_char_p(vector), ctypes.c_void_p).value
for calls in ((310, 270), (311, 271)):  # process_vm_readv, process_vm_writev
    assert syscall(*calls, 1, place, 1, place, 1, 0) == -1
