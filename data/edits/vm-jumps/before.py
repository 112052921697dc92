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


def read(text):
    """Instructions as pairs of name and argument; # begins a comment."""
    program = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) == 1 and words[0] in PLAIN:
            program.append((words[0], None))
        elif len(words) == 2 and words[0] == "push" and words[1].lstrip("-").isdecimal():
            program.append(("push", int(words[1])))
        else:
            raise ProgramError(f"line {number}: {line.strip()!r}")
    return program


def run(text):
    """Run a program; returns what it printed."""
    stack = []
    printed = []

    def pop():
        if not stack:
            raise MachineError("the stack is empty")
        return stack.pop()

    for name, argument in read(text):
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
        else:
            b, a = pop(), pop()
            stack.append(OPERATORS[name](a, b))
    return printed
