"""A list of things to do."""

from dataclasses import dataclass


@dataclass
class Task:
    number: int
    text: str
    done: bool = False

    def format(self):
        box = "[x]" if self.done else "[ ]"
        return f"{box} {self.number} {self.text}"


class TodoList:
    def __init__(self):
        self._tasks = {}

    def add(self, text):
        """Add a task; returns it."""
        text = " ".join(text.split())
        if not text:
            raise ValueError("a task needs a text")
        task = Task(len(self._tasks) + 1, text)
        self._tasks[task.number] = task
        return task

    def finish(self, number):
        task = self._tasks.get(number)
        if task is None:
            raise KeyError(f"there is no task {number}")
        task.done = True

    def pending(self):
        """What is left to do."""
        return [task for task in self._tasks.values() if not task.done]

    def all(self):
        return list(self._tasks.values())

    def progress(self):
        """Such as "2 of 5 done"."""
        done = sum(task.done for task in self._tasks.values())
        return f"{done} of {len(self._tasks)} done"


def overview(todo):
    """The pending tasks as lines, with the progress below."""
    return [task.format() for task in todo.pending()] + [todo.progress()]
