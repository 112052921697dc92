"""Dates that people work on."""

from datetime import date, timedelta

SATURDAY = 5


def is_workday(day, holidays=()):
    return day.weekday() < SATURDAY and day not in holidays


def workdays_between(start, end, holidays=()):
    """How many working days lie in start..end, the end not included."""
    count = 0
    day = start
    while day < end:
        count += is_workday(day, holidays)
        day += timedelta(days=1)
    return count


def add_workdays(start, days, holidays=()):
    """The date ``days`` working days after ``start``; before it, if negative."""
    step = timedelta(days=1 if days > 0 else -1)
    left = abs(days)
    day = start
    while left:
        day += step
        left -= is_workday(day, holidays)
    return day


def month_end(day):
    """The last day of the month."""
    first_of_next = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return first_of_next - timedelta(days=1)


def last_workday_of_month(day, holidays=()):
    """The day on which salaries are paid."""
    candidate = month_end(day)
    while not is_workday(candidate, holidays):
        candidate -= timedelta(days=1)
    return candidate
