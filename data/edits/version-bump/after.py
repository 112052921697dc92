"""Version numbers of the form MAJOR.MINOR.PATCH[-PRERELEASE]."""

import re
from dataclasses import dataclass

PATTERN = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.]+))?")


@dataclass(frozen=True)
class Version:
    major: int
    minor: int
    patch: int
    prerelease: str = ""

    @classmethod
    def parse(cls, text):
        match = PATTERN.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a version")
        major, minor, patch, prerelease = match.groups()
        return cls(int(major), int(minor), int(patch), prerelease or "")

    def __str__(self):
        release = f"{self.major}.{self.minor}.{self.patch}"
        return f"{release}-{self.prerelease}" if self.prerelease else release

    def bump(self, part):
        """The next version: ``part`` is "major", "minor" or "patch"."""
        parts = ["major", "minor", "patch"]
        if part not in parts:
            raise ValueError(f"{part!r} is not one of {', '.join(parts)}")
        numbers = [self.major, self.minor, self.patch]
        index = parts.index(part)
        leads_to_it = bool(self.prerelease) and not any(numbers[index + 1 :])
        if not leads_to_it:
            numbers[index] += 1
        return Version(*numbers[: index + 1], *[0] * (2 - index))

    def _key(self):
        # A pre-release comes before the release it leads to.
        return (self.major, self.minor, self.patch, not self.prerelease, self.prerelease)

    def __lt__(self, other):
        return self._key() < other._key()


def newest(texts):
    """The newest release; pre-releases only where there is nothing else."""
    versions = [Version.parse(text) for text in texts]
    releases = [version for version in versions if not version.prerelease]
    return str(max(releases or versions, key=Version._key))
