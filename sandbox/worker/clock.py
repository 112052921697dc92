"""Stops Python's clocks: for tests that depend on today's date.

``time`` and ``datetime`` show one moment for ever; monotonic clocks and CPU time go on, and
so do clocks that C code reads by itself (``numpy.datetime64("now")``).
"""

import sys
import time


class _LikeReal(type):
    """Instances of the real class count as instances of its stand-in."""

    def __instancecheck__(cls, instance):
        return type.__instancecheck__(vars(cls).get("stands_for", cls), instance)

    def __subclasscheck__(cls, other):
        return type.__subclasscheck__(vars(cls).get("stands_for", cls), other)


def freeze(moment):
    """Let it be ``moment`` from now on (ISO 8601, UTC: "2024-05-01T12:00:00")."""
    import datetime

    _RealDate, _RealDatetime = datetime.date, datetime.datetime
    now = _RealDatetime.strptime(moment[:19], "%Y-%m-%dT%H:%M:%S")
    seconds = now.replace(tzinfo=datetime.timezone.utc).timestamp()

    class date(_RealDate, metaclass=_LikeReal):
        stands_for = _RealDate

        @classmethod
        def today(cls):
            return cls(now.year, now.month, now.day)

    class datetime_(_RealDatetime, metaclass=_LikeReal):
        stands_for = _RealDatetime

        @classmethod
        def now(cls, tz=None):
            if tz is None:
                return cls(*now.timetuple()[:6])
            return cls.fromtimestamp(seconds, tz)

        @classmethod
        def utcnow(cls):
            return cls(*now.timetuple()[:6])

        @classmethod
        def today(cls):
            return cls(*now.timetuple()[:6])

    for stand_in, real in ((date, _RealDate), (datetime_, _RealDatetime)):
        stand_in.__name__ = stand_in.__qualname__ = real.__name__
        stand_in.__module__ = "datetime"
    _replace({_RealDate: date, _RealDatetime: datetime_, **_time_functions(seconds)})


def _time_functions(seconds):
    def at(real):
        def frozen(moment=None):
            return real(seconds if moment is None else moment)

        return frozen

    def strftime(form, moment=None):
        return real_strftime(form, real_localtime(seconds) if moment is None else moment)

    def asctime(moment=None):
        return real_asctime(real_localtime(seconds) if moment is None else moment)

    real_strftime, real_asctime, real_localtime = time.strftime, time.asctime, time.localtime
    return {
        time.time: lambda: seconds,
        time.time_ns: lambda: int(seconds) * 10**9,
        time.localtime: at(time.localtime),
        time.gmtime: at(time.gmtime),
        time.ctime: at(time.ctime),
        time.strftime: strftime,
        time.asctime: asctime,
    }


def _replace(stand_ins):
    """Put each stand-in wherever a loaded module holds what it stands for."""
    by_id = {id(real): stand_in for real, stand_in in stand_ins.items()}
    for module in list(sys.modules.values()):
        try:
            names = [(name, by_id[id(v)]) for name, v in vars(module).items() if id(v) in by_id]
        except (TypeError, RuntimeError):
            continue  # no module at all, or one that changes while it is looked at
        for name, stand_in in names:
            try:
                setattr(module, name, stand_in)
            except Exception:
                pass  # a module that forbids it
