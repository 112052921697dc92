"""Empty files until no more can be made, or the time is over."""

import itertools

for number in itertools.count():
    open(f"/tmp/{number}", "w").close()
