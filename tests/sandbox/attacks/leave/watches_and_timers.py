"""Watches on folders, timers and descriptors of every kind, held by a process that goes on."""

import select
import time

held = [libc.inotify_init(), select.epoll(), libc.eventfd(0, 0), libc.timerfd_create(1, 0)]
libc.inotify_add_watch(held[0], b"/tmp", 0xFFF)
if not os.fork():
    time.sleep(600)
# %% next
made = [libc.inotify_init() for _ in range(20)]
assert all(number >= 0 for number in made), made
