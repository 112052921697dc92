"""A list of things to do."""

from dataclasses import dataclass


@dataclass
class Task:
    number: int
    text: str
    done: bool = False
    priority: int = 3  # 1 is the most urgent, 5 the least

    def format(self):
        box = "[x]" if self.done else "[ ]"
        mark = "!" if self.priority == 1 else ""
        return f"{box}{mark} {self.number} {self.text}"


class TodoList:
    def __init__(self):
        self._tasks = {}

    def add(self, text, priority=3):
        """Add a task; returns it."""
        if priority not in range(1, 6):
            raise ValueError(f"a priority is a number from 1 to 5, not {priority}")
        text = " ".join(text.split())
        if not text:
            raise ValueError("a task needs a text")
        task = Task(len(self._tasks) + 1, text, priority=priority)
        self._tasks[task.number] = task
        return task

    def finish(self, number):
        task = self._tasks.get(number)
        if task is None:
            raise KeyError(f"there is no task {number}")
        task.done = True

    def pending(self):
        """What is left to do, the most urgent first."""
        pending = [task for task in self._tasks.values() if not task.done]
        return sorted(pending, key=lambda task: task.priority)

    def all(self):
        return list(self._tasks.values())

    def progress(self):
        """Such as "2 of 5 done"."""
        done = sum(task.done for task in self._tasks.values())
        return f"{done} of {len(self._tasks)} done"


def overview(todo):
    """The pending tasks as lines, with the progress below."""
    return [task.format() for task in todo.pending()] + [todo.progress()]
