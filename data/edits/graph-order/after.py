"""Which target needs which."""


class CycleError(ValueError):
    """The targets depend on each other in a circle."""


class BuildGraph:
    def __init__(self):
        self._needs = {}

    def add(self, target, *needs):
        """Say that ``target`` needs others; what is named becomes a target too."""
        self._needs.setdefault(target, set()).update(needs)
        for need in needs:
            self._needs.setdefault(need, set())

    def targets(self):
        return sorted(self._needs)

    def direct(self, target):
        """What ``target`` itself names."""
        return sorted(self._needs[target])

    def all_needs(self, target):
        """Everything ``target`` needs, directly or through others."""
        seen = set()
        waiting = list(self._needs[target])
        while waiting:
            need = waiting.pop()
            if need not in seen:
                seen.add(need)
                waiting.extend(self._needs[need])
        return seen

    def order(self):
        """All targets, each after what it needs; the alphabet decides between equals."""
        left = {target: set(needs) for target, needs in self._needs.items()}
        ordered = []
        while left:
            ready = [target for target, needs in left.items() if not needs]
            if not ready:
                raise CycleError("cycle among: " + ", ".join(sorted(left)))
            chosen = min(ready)
            ordered.append(chosen)
            del left[chosen]
            for needs in left.values():
                needs.discard(chosen)
        return ordered

    def users(self, target):
        """The targets that name ``target``."""
        return sorted(name for name, needs in self._needs.items() if target in needs)
