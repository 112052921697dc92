"""Schedules in the style of cron: minute, hour, day, month, weekday."""

from datetime import timedelta

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEARS_AHEAD = 4


class ScheduleError(ValueError):
    """A schedule that cannot be read, or one that never fires."""


def _number(text, names, first):
    if text.lower() in names:
        return names.index(text.lower()) + first
    if not text.isdecimal():
        raise ScheduleError(f"{text!r} is not a number")
    return int(text)


def _parse_field(text, low, high, names=()):
    """The numbers that a field such as "*/15", "1-5" or "1,3,8-10" stands for."""
    allowed = set()
    for part in text.split(","):
        span, slash, step_text = part.partition("/")
        step = _number(step_text, (), 0) if slash else 1
        if step < 1:
            raise ScheduleError(f"{part!r} has no sensible step")
        if span == "*":
            start, end = low, high
        else:
            start_text, dash, end_text = span.partition("-")
            start = _number(start_text, names, low)
            end = _number(end_text, names, low) if dash else (high if slash else start)
        if not low <= start <= end <= high:
            raise ScheduleError(f"{part!r} is not within {low}-{high}")
        allowed.update(range(start, end + 1, step))
    return frozenset(allowed)


class Schedule:
    """When a job runs. All fields have to fit, the day of the month and the weekday too."""

    def __init__(self, text):
        fields = text.split()
        if len(fields) != 5:
            raise ScheduleError(f"a schedule has five fields, not {len(fields)}: {text!r}")
        self.text = " ".join(fields)
        self.minutes = _parse_field(fields[0], 0, 59)
        self.hours = _parse_field(fields[1], 0, 23)
        self.days = _parse_field(fields[2], 1, 31)
        self.months = _parse_field(fields[3], 1, 12, MONTHS)
        self.weekdays = _parse_field(fields[4], 0, 6, WEEKDAYS)  # 0 is Monday

    def __repr__(self):
        return f"Schedule({self.text!r})"

    def __eq__(self, other):
        return isinstance(other, Schedule) and self._fields() == other._fields()

    def __hash__(self):
        return hash(self._fields())

    def _fields(self):
        return self.minutes, self.hours, self.days, self.months, self.weekdays

    def fits_day(self, moment):
        return moment.day in self.days and moment.weekday() in self.weekdays

    def fires_at(self, moment):
        """Whether it fires in the minute of ``moment``."""
        return (
            moment.month in self.months
            and self.fits_day(moment)
            and moment.hour in self.hours
            and moment.minute in self.minutes
        )

    def next_after(self, moment):
        """The first minute after ``moment`` at which it fires."""
        last_year = moment.year + YEARS_AHEAD
        then = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        while then.year <= last_year:
            if then.month not in self.months:
                then = then.replace(day=1, hour=0, minute=0) + timedelta(days=32)
                then = then.replace(day=1)
            elif not self.fits_day(then):
                then = then.replace(hour=0, minute=0) + timedelta(days=1)
            elif then.hour not in self.hours:
                then = then.replace(minute=0) + timedelta(hours=1)
            elif then.minute not in self.minutes:
                then += timedelta(minutes=1)
            else:
                return then
        raise ScheduleError(f"{self.text!r} does not fire before the end of {last_year}")


def due(jobs, moment):
    """The names of the jobs that fire in this minute: a dictionary of names and schedules."""
    return sorted(name for name, schedule in jobs.items() if schedule.fires_at(moment))


def minutes_until(text, now, then):
    """How many full minutes lie between now and then; for messages."""
    if then < now:
        raise ScheduleError(f"{text!r} lies in the past")
    return (then - now) // timedelta(minutes=1)


def parse_crontab(text):
    """Jobs by name, from lines such as "*/5 * * * * backup"; # begins a comment."""
    jobs = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        name = " ".join(words[5:])
        if not name:
            raise ScheduleError(f"there is no job in {line.strip()!r}")
        jobs[name] = Schedule(" ".join(words[:5]))
    return jobs
