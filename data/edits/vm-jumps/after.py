"""A little stack machine: one instruction a line."""


class ProgramError(ValueError):
    """A program that cannot be read."""


class MachineError(RuntimeError):
    """A program that cannot go on."""


OPERATORS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
}
PLAIN = {"dup", "drop", "swap", "print", *OPERATORS}
JUMPS = {"jump", "jump-if-zero"}


def read(text):
    """Instructions as pairs of name and argument; that of a jump is where it goes.

    # begins a comment, and a word with a colon behind it is a label.
    """
    program = []
    labels = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) == 1 and words[0] in PLAIN:
            program.append((words[0], None))
        elif len(words) == 1 and words[0].endswith(":") and len(words[0]) > 1:
            label = words[0][:-1]
            if label in labels:
                raise ProgramError(f"line {number}: the label {label!r} is given twice")
            labels[label] = len(program)
        elif len(words) == 2 and words[0] in JUMPS:
            program.append((words[0], words[1]))
        elif len(words) == 2 and words[0] == "push" and words[1].lstrip("-").isdecimal():
            program.append(("push", int(words[1])))
        else:
            raise ProgramError(f"line {number}: {line.strip()!r}")
    for name, argument in program:
        if name in JUMPS and argument not in labels:
            raise ProgramError(f"there is no label {argument!r}")
    return [(name, labels[a] if name in JUMPS else a) for name, a in program]


def run(text, limit=10_000):
    """Run a program, ``limit`` steps at most; returns what it printed."""
    stack = []
    printed = []

    def pop():
        if not stack:
            raise MachineError("the stack is empty")
        return stack.pop()

    program = read(text)
    position = steps = 0
    while position < len(program):
        name, argument = program[position]
        position += 1
        steps += 1
        if steps > limit:
            raise MachineError(f"it takes more than {limit} steps")
        if name == "push":
            stack.append(argument)
        elif name == "dup":
            value = pop()
            stack += [value, value]
        elif name == "drop":
            pop()
        elif name == "swap":
            b, a = pop(), pop()
            stack += [b, a]
        elif name == "print":
            printed.append(pop())
        elif name == "jump":
            position = argument
        elif name == "jump-if-zero":
            if pop() == 0:
                position = argument
        else:
            b, a = pop(), pop()
            stack.append(OPERATORS[name](a, b))
    return printed
