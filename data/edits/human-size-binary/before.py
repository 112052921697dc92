"""Sizes of files and folders, for people."""

from dataclasses import dataclass, field


def human_size(count):
    """Such as "999 B" or "1.5 kB"."""
    if count < 0:
        raise ValueError(f"a size cannot be negative: {count}")
    if count < 1000:
        return f"{count} B"
    size = float(count)
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 1000:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} TB"


@dataclass
class Folder:
    name: str
    files: dict = field(default_factory=dict)  # name -> bytes
    folders: list = field(default_factory=list)

    def size(self):
        return sum(self.files.values()) + sum(folder.size() for folder in self.folders)

    def report(self, indent=0):
        """Lines with the size of this folder and of those in it, the largest first."""
        lines = [f"{'  ' * indent}{self.name}: {human_size(self.size())}"]
        for folder in sorted(self.folders, key=Folder.size, reverse=True):
            lines += folder.report(indent + 1)
        return lines
