"""Takes back the limits of its own process, and keeps a core busy."""

import resource

for name in dir(resource):
    if name.startswith("RLIMIT_"):
        limit = getattr(resource, name)
        for value in (resource.RLIM_INFINITY, resource.getrlimit(limit)[1]):
            try:
                resource.setrlimit(limit, (value, value))
            except (OSError, ValueError):
                pass
while True:
    pass
# % outcome
timeout
