"""Which files take the most room: reads lines of "SIZE NAME"."""

import argparse
import sys


class InputError(ValueError):
    """A line that is not of the form SIZE NAME."""


def build_parser():
    parser = argparse.ArgumentParser(prog="disk-report", description=__doc__)
    parser.add_argument("--top", type=int, default=10, help="how many files to show")
    parser.add_argument("--min", type=int, default=0, help="leave smaller files out")
    return parser


def read_sizes(lines):
    """Pairs of name and size."""
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        size, _, name = line.strip().partition(" ")
        if not size.isdecimal() or not name:
            raise InputError(f"line {number}: {line.strip()!r}")
        found.append((name.strip(), int(size)))
    return found


def select(files, top, smallest):
    """The largest files first; names decide between equals."""
    chosen = [(name, size) for name, size in files if size >= smallest]
    return sorted(chosen, key=lambda file: (-file[1], file[0]))[:top]


def as_text(files):
    """The report as lines."""
    width = max((len(str(size)) for _, size in files), default=1)
    lines = [f"{size:>{width}}  {name}" for name, size in files]
    return [*lines, f"total: {sum(size for _, size in files)}"]


def main(arguments, source=sys.stdin):
    """Print the report; returns the exit status."""
    options = build_parser().parse_args(arguments)
    try:
        files = read_sizes(source)
    except InputError as error:
        print(f"disk-report: {error}", file=sys.stderr)
        return 1
    shown = select(files, options.top, options.min)
    print("\n".join(as_text(shown)))
    return 0
