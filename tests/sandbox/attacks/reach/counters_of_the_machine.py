"""Uses up what the whole machine has only once: contexts of asynchronous input and output."""

for size in (60000, 8000, 100):
    context = ctypes.c_ulong(0)
    assert syscall(206, 0, size, ctypes.addressof(context)) == -1
