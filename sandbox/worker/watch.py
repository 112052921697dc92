"""Counts the completed calls of watched functions: whether a solution uses what is new."""

import pristine

__builtins__ = pristine.BUILTINS


import functools
import importlib
import types


class Watch:
    """Counts the completed calls of functions by dotted path."""

    def __init__(self):
        self.counts = {}

    def told(self):
        """The counts as a report's body."""
        return "\n".join("%d %s" % (n, path) for path, n in self.counts.items()).encode()

    def set(self, paths):
        for path in paths:
            found = _resolve(path)
            if found is None:
                continue  # it does not exist in this version: nobody can call it
            owner, name, target = found
            if not callable(target):
                continue
            self.counts[path] = 0
            try:
                setattr(owner, name, self._replacement(path, owner, name, target))
            except (AttributeError, TypeError):
                del self.counts[path]  # a type that cannot be changed cannot be watched

    def _replacement(self, path, owner, name, target):
        if isinstance(target, type):
            return _counted_class(target, path, self.counts)
        if isinstance(owner, type):
            plain = next(vars(base)[name] for base in owner.__mro__ if name in vars(base))
            if isinstance(plain, (staticmethod, classmethod)):
                return type(plain)(self._counted(path, plain.__func__))
        counted = self._counted(path, target)
        is_method = hasattr(type(target), "__get__")
        if is_method or isinstance(target, types.BuiltinFunctionType):
            return counted
        return _Proxy(target, counted)

    def _counted(self, path, target):
        counts = self.counts

        @functools.wraps(target)
        def counted(*arguments, **named):
            result = target(*arguments, **named)
            counts[path] += 1
            return result

        return counted


def _resolve(path):
    """Owner, name and value of a dotted path; None where there is no such thing."""
    parts = path.split(".")
    for depth in range(len(parts) - 1, 0, -1):
        try:
            owner = importlib.import_module(".".join(parts[:depth]))
            break
        except ImportError:
            continue
    else:
        return None
    try:
        for part in parts[depth:-1]:
            owner = getattr(owner, part)
        return owner, parts[-1], getattr(owner, parts[-1])
    except AttributeError:
        return None


def _counted_class(target, path, counts):
    def counted(self, *arguments, **named):
        # The one of object takes no arguments; they were for __new__, where there is one.
        if original is not object.__init__ or target.__new__ is object.__new__:
            original(self, *arguments, **named)
        counts[path] += 1

    original = target.__init__
    try:
        target.__init__ = functools.wraps(original)(counted)
    except TypeError:
        # A type of C: a subclass of the same name stands in for it.
        def new(cls, *arguments, **named):
            made = target.__new__(cls, *arguments, **named)
            counts[path] += 1
            return made

        return type(target.__name__, (target,), {"__new__": new, "__module__": target.__module__})
    return target


class _Proxy:
    """A callable object that counts and otherwise is what it stands for."""

    def __init__(self, target, counted):
        self.__dict__.update(_target=target, _counted=counted, __wrapped__=target)

    @property
    def __class__(self):
        return type(self._target)  # for isinstance

    def __eq__(self, other):
        return other is self or other == self._target

    def __hash__(self):
        return hash(self._target)

    def __call__(self, *arguments, **named):
        return self._counted(*arguments, **named)

    def __getattr__(self, name):
        return getattr(self._target, name)

    def __setattr__(self, name, value):
        setattr(self._target, name, value)

    def __repr__(self):
        return repr(self._target)
