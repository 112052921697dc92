"""Sets the clocks."""

import time

refused(time.clock_settime, time.CLOCK_REALTIME, 0)
refused(time.clock_settime, time.CLOCK_TAI, 0)
timex = ctypes.create_string_buffer(struct.pack("=I", 0x4001) + bytes(400))
assert libc.adjtimex(timex) == -1
