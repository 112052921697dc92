"""Variables, working folder, limits, umask, priority, processors, signals and timers."""

import locale
import resource
import signal
import sys

os.environ["LEFT"] = "1"
os.chdir("/")
os.umask(0o777)
os.nice(10)
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
resource.setrlimit(resource.RLIMIT_NOFILE, (50, 50))
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.setitimer(signal.ITIMER_REAL, 500)
sys.setrecursionlimit(5000)
sys.path.insert(0, "/left")
# %% next
import resource
import signal
import sys

assert "LEFT" not in os.environ and os.getcwd() == "/tmp/work" and os.umask(0) == 0o022
assert os.nice(0) < 10 and len(os.sched_getaffinity(0)) == CORES
assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 50
assert (
    signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    and not signal.getitimer(signal.ITIMER_REAL)[0]
)
assert sys.getrecursionlimit() == 1000 and "/left" not in sys.path
