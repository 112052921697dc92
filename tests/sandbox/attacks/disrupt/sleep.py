"""Does nothing, for ever."""

import time

time.sleep(100000)
# % outcome
timeout
