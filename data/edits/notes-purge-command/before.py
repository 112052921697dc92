"""Notes on the command line."""

import argparse


class Notebook:
    def __init__(self):
        self._notes = {}
        self._next = 1

    def add(self, text):
        number = self._next
        self._notes[number] = text
        self._next += 1
        return number

    def remove(self, number):
        return self._notes.pop(number, None) is not None

    def purge(self):
        count = len(self._notes)
        self._notes.clear()
        return count

    def find(self, word=""):
        return [(n, text) for n, text in self._notes.items() if word.lower() in text.lower()]


def build_parser():
    parser = argparse.ArgumentParser(prog="notes")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="add a note")
    add.add_argument("text", nargs="+")
    remove = commands.add_parser("remove", help="remove a note")
    remove.add_argument("number", type=int)
    purge = commands.add_parser("purge", help="remove all notes")
    purge.add_argument("--yes", action="store_true", help="do not ask")
    find = commands.add_parser("find", help="list notes that contain a word")
    find.add_argument("word", nargs="?", default="")
    return parser


def run(notebook, arguments):
    """Run one command; returns the lines to print."""
    options = build_parser().parse_args(arguments)
    if options.command == "add":
        return [f"added {notebook.add(' '.join(options.text))}"]
    if options.command == "remove":
        return ["removed" if notebook.remove(options.number) else "no such note"]
    if options.command == "purge":
        if not options.yes:
            return ["nothing done: add --yes"]
        return [f"removed {notebook.purge()} notes"]
    return [f"{number}: {text}" for number, text in notebook.find(options.word)]
